import { divideBlocks, repeatColumns, standardise as standardiseOp } from "@graphon-limit/ops";
import { InvalidArgumentError, type Matrix, show } from "@graphon-limit/runtime";
import type { Flow, FlowPass } from "../flow.ts";
import { Resources } from "../resources.ts";
import type { Pass, Stage, TangentPass } from "../stage.ts";
import type { Weight } from "../weight.ts";
import { bias } from "./bias.ts";
import { chain } from "./chain.ts";
import { gain } from "./gain.ts";

/** What is added to a variance before its root is divided by, as PyTorch has it. */
export const NORM_EPSILON = 1e-5;

/** Layer normalisation (Ba, Kiros and Hinton 2016): every column standardised, times a gain, plus a shift. */
export function layerNorm(
  gains: Weight,
  shifts: Weight,
  { epsilon = NORM_EPSILON }: { readonly epsilon?: number | undefined } = {},
): Stage {
  return chain([standardise({ epsilon }), gain(gains), bias(shifts)]);
}

/** Every column less its mean, over its deviation: `x̂ = (x − μ) / √(mean (x − μ)² + ε)`. */
export function standardise(
  { epsilon = NORM_EPSILON }: { readonly epsilon?: number | undefined } = {},
): Stage {
  if (!(epsilon > 0 && epsilon < Infinity)) {
    throw new InvalidArgumentError(`Expected a normalisation's ε to be above 0 but found ${show(epsilon)}`);
  }
  return {
    parameters: [],
    shape: (input) => input,
    forward: (x) => new StandardisePass(x, epsilon),
    flow: (r) => standardiseFlow(r),
  };
}

class StandardisePass implements Pass {
  readonly out: Matrix;
  readonly meetings = [];
  #gradient: Matrix | undefined;
  #signal: Matrix | undefined;

  constructor(readonly x: Matrix, readonly epsilon: number) {
    this.out = x.device.matrix(x.rows, x.cols);
    x.device.run(standardiseOp, { x, out: this.out }, { epsilon });
  }

  pullback(g: Matrix, wanted = true): Matrix | undefined {
    const { x, epsilon } = this, { device } = x;
    this.#gradient = g;
    this.#signal?.dispose();
    this.#signal = undefined;
    if (!wanted) return undefined;
    const out = this.#signal = device.matrix(g.rows, g.cols);
    using repeated = g.cols > x.cols ? device.matrix(g.rows, g.cols) : undefined;
    if (repeated) device.run(repeatColumns, { x, out: repeated });
    device.run(standardiseOp, { x: repeated ?? x, g, out }, { epsilon, mode: "derivative" });
    return out;
  }

  /** The derivative of a column is symmetric: it takes a tangent forward as it takes a gradient back. */
  tangent(dx: Matrix | undefined): TangentPass {
    const { x, epsilon } = this, { device, rows, cols } = x, made = new Resources();
    const out = dx && made.add(device.matrix(rows, cols));
    if (out) device.run(standardiseOp, { x, g: dx, out }, { epsilon, mode: "derivative" });
    return {
      out,
      pullback: (dg, wanted = true) => {
        if (!wanted) return undefined;
        const back = made.add(device.matrix(rows, cols));
        const along = dx
          ? { args: { x, g: this.#gradient!, dx, dg, out: back }, mode: "second" as const }
          : { args: { x, g: dg, out: back }, mode: "derivative" as const };
        device.run(standardiseOp, along.args, { epsilon, mode: along.mode });
        return back;
      },
      [Symbol.dispose]: () => made[Symbol.dispose](),
    };
  }

  [Symbol.dispose](): void {
    this.out.dispose();
    this.#signal?.dispose();
  }
}

/**
 * For SynFlow, whose signals are positive, the division by the root of a column's mean square, which is held as it is. What the signal was
 * divided by before cancels there, so that nothing is left to be told.
 */
function standardiseFlow(r: Flow): FlowPass {
  const { device, rows, cols } = r.values, made = new Resources();
  const divided = (g: Matrix) => {
    const out = made.add(device.matrix(rows, cols));
    device.run(divideBlocks, { x: r.values, g, out }, { size: rows, kind: "rootMeanSquare" });
    return out;
  };
  return {
    out: { values: divided(r.values), scales: [] },
    meetings: [],
    pullback: (c) => divided(c),
    [Symbol.dispose]: () => made[Symbol.dispose](),
  };
}
