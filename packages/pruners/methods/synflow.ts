import { type FlowMeeting, type Network, positionsOf, Resources } from "@graphon-limit/model";
import { addScaled, fill, saliency, synflowScores } from "@graphon-limit/ops";
import { type BitMatrix, type Device, InvalidArgumentError, type Matrix } from "@graphon-limit/runtime";
import { definePruner, type ScoreContext } from "../method.ts";
import { register } from "../registry.ts";
import { scoreLayers } from "../score_layers.ts";

/**
 * SynFlow (Tanaka, Kunin, Yamins and Ganguli 2020): score `|w ⊙ ∂R/∂w|`, `R = 1ᵀ (∏ |W^(l)| ⊙ M^(l)) 1`, in 100 rounds.
 *
 * R factorises: with `r^(l) = (|W^(l)| ⊙ M^(l)) r^(l-1) + |b^(l)|` and `c^(l-1) = (|W^(l)| ⊙ M^(l))ᵀ c^(l)` the score is
 * `|w_ij| M_ij c_i^(l) r_j^(l-1)`, two matrix–vector products a layer. Each r is divided by its largest element α, the c of
 * the same layer too, and the scores of layer l by its α once more: all layers then lack the same factor `∏ α`, and
 * nothing overflows (docs/mathematics.md §2).
 */
export const synflow = register(definePruner({
  name: "synflow",
  label: "SynFlow",
  reads: "weights",
  rounds: 100,
  // No path leads through it.
  worthless: 0,
  score: (context) => {
    const { network } = context, ends = context.lasting?.(() => flowEnds(network));
    return flowScores(context, flowThrough(network, ends));
  },
  recorded: true,
  style: { light: "#9e2c05", dark: "#fb400d", shape: "triangle-down" },
}));

/** What met in each weight, in the order of the network's, as SynFlow's signals ran there and back. */
export interface NetworkFlow extends Disposable {
  readonly meetings: readonly FlowMeeting[];
}

/** What SynFlow's signals begin with: ones at a network's inputs, and at its outputs. */
export interface FlowEnds extends Disposable {
  readonly inputs: Matrix;
  readonly outputs: Matrix;
}

function flowEnds({ device, input, output }: Network): FlowEnds {
  using made = new Resources();
  const inputs = made.add(onesOn(device, input.rows, positionsOf(input)));
  const outputs = made.add(onesOn(device, output.rows, 1)), kept = made.move();
  return { inputs, outputs, [Symbol.dispose]: () => kept[Symbol.dispose]() };
}

/**
 * Runs SynFlow's signals through a network as it is, masks and all: ones from its inputs, and ones back from its outputs.
 *
 * @param ends the ones, the caller's and needed as long as the flow is; made and released with it unless given
 * @returns the caller's to dispose of, or to hand to {@linkcode flowScores}
 * @throws {InvalidArgumentError} if a stage has no rule for them
 */
export function flowThrough(network: Network, ends?: FlowEnds): NetworkFlow {
  const { stage, input } = network;
  if (!stage.flow) {
    throw new InvalidArgumentError(
      "Expected a network whose stages all have a rule for SynFlow but found one that has none",
    );
  }
  using made = new Resources();
  const { inputs, outputs } = ends ?? made.add(flowEnds(network));
  const flow = made.add(stage.flow({ values: inputs, scales: [] }, input));
  flow.pullback(outputs, false);
  const kept = made.move();
  return { meetings: flow.meetings, [Symbol.dispose]: () => kept[Symbol.dispose]() };
}

/** SynFlow's scores of a flow, which is released with what they are made from. */
export function flowScores(context: ScoreContext, flow: NetworkFlow): Matrix[] {
  const made = new Resources();
  const { meetings } = made.add(flow);
  return scoreLayers(context, (layer, _, mask, out) => scoreFlow(meetings[layer], mask, out), made);
}

/** SynFlow's scores of one weight, from what met in it. */
export function scoreFlow(
  { weight: { matrix: weights }, r, c, divisor }: FlowMeeting,
  mask: BitMatrix | undefined,
  scores: Matrix,
): void {
  const { device } = scores;
  if (r.cols === 1) return device.run(synflowScores, { weights, mask, c: c!, r, divisor, scores });
  // Where a weight is used at many positions its score is a sum over them, none of whose terms is below zero.
  using divided = device.matrix(c!.rows, c!.cols);
  device.clear(divided);
  device.run(addScaled, { x: c!, divisor, y: divided }, { scale: 1 });
  device.run(saliency, { a: divided, x: r, weights, mask, out: scores }, {
    scale: 1,
    pruned: 0,
    kind: "snip",
  });
}

function onesOn(device: Device, rows: number, cols: number) {
  const x = device.matrix(rows, cols);
  device.run(fill, { x }, { value: 1 });
  return x;
}
