import { activation as activationOp, type ActivationName, repeatColumns } from "@graphon-limit/ops";
import type { Matrix } from "@graphon-limit/runtime";
import type { Pass, Stage, TangentPass } from "../stage.ts";

/** An activation, element by element: `h = φ(z)`. SynFlow passes through it as if it were not there. */
export function activation(fn: ActivationName): Stage {
  return {
    parameters: [],
    shape: (input) => input,
    forward: (z) => new ActivationPass(fn, z),
    flow: (r) => ({ out: r, meetings: [], pullback: (c) => c, [Symbol.dispose]() {} }),
  };
}

class ActivationPass implements Pass {
  readonly out: Matrix;
  readonly meetings = [];
  /** `∂ℒ/∂h`, which the second derivative multiplies. */
  #signal: Matrix | undefined;
  #delta: Matrix | undefined;

  constructor(readonly fn: ActivationName, readonly z: Matrix) {
    this.out = z.device.matrix(z.rows, z.cols);
    z.device.run(activationOp, { z, out: this.out }, { fn });
  }

  /** `δ = φ'(z) ⊙ g`. */
  pullback(signal: Matrix): Matrix {
    const { z, fn } = this, { device } = z;
    this.#signal = signal;
    this.#delta?.dispose();
    const delta = this.#delta = device.matrix(z.rows, signal.cols);
    using repeated = signal.cols > z.cols ? repeat(z, signal.cols) : undefined;
    device.run(activationOp, { z: repeated ?? z, g: signal, out: delta }, { fn, mode: "derivative" });
    return delta;
  }

  tangent(dz: Matrix | undefined): TangentPass {
    return new ActivationTangent(this.fn, this.z, dz, () => this.#signal!);
  }

  [Symbol.dispose](): void {
    this.out.dispose();
    this.#delta?.dispose();
  }
}

/** `ḣ = φ'(z) ⊙ ż`, and back `δ̇ = φ''(z) ⊙ ż ⊙ g + φ'(z) ⊙ ġ`. */
class ActivationTangent implements TangentPass {
  readonly out: Matrix | undefined;
  #back: Matrix | undefined;

  constructor(
    readonly fn: ActivationName,
    readonly z: Matrix,
    readonly dz: Matrix | undefined,
    readonly signal: () => Matrix,
  ) {
    if (!dz) return;
    this.out = z.device.matrix(z.rows, z.cols);
    z.device.run(activationOp, { z, g: dz, out: this.out }, { fn, mode: "derivative" });
  }

  pullback(dg: Matrix): Matrix {
    const { z, dz, fn } = this, out = this.#back = z.device.matrix(z.rows, z.cols);
    if (dz) z.device.run(activationOp, { z, g: this.signal(), dz, dg, out }, { fn, mode: "second" });
    else z.device.run(activationOp, { z, g: dg, out }, { fn, mode: "derivative" });
    return out;
  }

  [Symbol.dispose](): void {
    this.out?.dispose();
    this.#back?.dispose();
  }
}

/** The same columns again and again, so many in all. */
function repeat(x: Matrix, cols: number): Matrix {
  const out = x.device.matrix(x.rows, cols);
  x.device.run(repeatColumns, { x, out });
  return out;
}
