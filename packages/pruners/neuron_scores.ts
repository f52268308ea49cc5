import { type Batch, crossEntropyLoss, forward, type Meeting, Resources } from "@graphon-limit/model";
import { addScaled, multiplyElements, NEGATIVE_INFINITY, saliency } from "@graphon-limit/ops";
import { InvalidArgumentError, type Matrix } from "@graphon-limit/runtime";
import { batchOf, type ScoreContext } from "./method.ts";
import { scoreLayers } from "./score_layers.ts";

/** What two neurons say of the weight between them, `⟨a_i, x_j⟩`: of all outputs [outputs, any], and of all inputs [inputs, any]. */
export interface NeuronFactors {
  readonly a: Matrix;
  readonly x: Matrix;
}

/** What a layer's neurons sent and got over the batch, without the weights. */
export type LayerMeeting = Omit<Meeting, "weight">;

/** How a weight's score is made of what its neurons say. */
export interface NeuronScore {
  readonly name: string;
  /** `|w g|`, `w² g` or `|g|`. */
  readonly kind: "snip" | "second" | "size";
  /** How they follow from signals. Matrices of its own are added to `made`, which releases them after use. */
  readonly factors: (meeting: Meeting, made: Resources) => NeuronFactors | Promise<NeuronFactors>;
  /** Whether a gradient flows back, of the cross-entropy. */
  readonly backward: boolean;
  /** The labels it is of; the batch's own unless given. */
  readonly labels?: (outputs: Matrix) => Promise<Uint32Array>;
  /** Whether a sample must meet a weight once, and not at many positions; false unless given. */
  readonly once?: boolean;
  /** What the factors are multiplied by, given the layer's factor `s_l` and how many samples there are; 1 unless given. */
  readonly scale?: (layerScale: number, samples: number) => number;
}

/** Scores of every weight by what its neurons say of it over the batch. */
export async function scoreByNeurons(
  context: ScoreContext,
  { name, kind, factors: factorsOf, backward, labels, once = false, scale: scaleOf = () => 1 }: NeuronScore,
): Promise<Matrix[]> {
  const { device, network } = context, batch = batchOf(context, name);
  using made = new Resources();
  const pass = made.add(forward(network, batch.inputs));
  if (backward) {
    const own: Batch = labels
      ? {
        inputs: batch.inputs,
        labels: made.add(device.upload(await labels(pass.out), 1, batch.inputs.cols)),
      }
      : batch;
    pass.pullback(made.add(crossEntropyLoss().value(device, pass.out, own)).gradient, false);
  }
  const meetings = pass.meetings.filter(({ weight }) => weight.prunable), factors: NeuronFactors[] = [];
  if (once) assertMeetOnce(meetings, batch.inputs.cols, name);
  for (const meeting of meetings) factors.push(await factorsOf(meeting, made));
  return scoreLayers(context, (layer, { matrix, scale }, mask, out) => {
    const args = { ...factors[layer], weights: matrix, mask, out };
    const settings = { scale: scaleOf(scale, batch.inputs.cols), pruned: NEGATIVE_INFINITY, kind };
    device.run(saliency, args, settings);
  }, made.move());
}

/** The squares of a matrix's elements. */
export function squared(x: Matrix, made: Resources): Matrix {
  const y = made.add(x.device.matrix(x.rows, x.cols));
  x.device.clear(y);
  x.device.run(addScaled, { x, y }, { scale: 1 });
  x.device.run(multiplyElements, { x, y });
  return y;
}

/** The factors of `Σ_b (δ_ib h_jb)²`: the squares of each sample's own gradient, where a sample meets a weight once. */
export function squaredGradients({ input, delta }: LayerMeeting, made: Resources): NeuronFactors {
  return { a: squared(delta!, made), x: squared(input!, made) };
}

/** @throws {InvalidArgumentError} unless a sample meets each of a network's weights once */
export function assertMeetOnce(meetings: readonly Meeting[], samples: number, name: string): void {
  for (const { weight, input } of meetings) {
    if (input!.cols === samples) continue;
    throw new InvalidArgumentError(
      `Expected weights that a sample meets once for ${name} but found ${weight.name}, which it meets at ` +
        `${input!.cols / samples} positions`,
    );
  }
}
