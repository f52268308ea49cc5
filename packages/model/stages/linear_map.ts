import type { Matrix } from "@graphon-limit/runtime";
import type { FlowPass } from "../flow.ts";
import { Resources } from "../resources.ts";
import type { SignalShape } from "../signal.ts";
import type { Pass, Stage, TangentPass } from "../stage.ts";

/**
 * A linear map of signals without parameters: how it takes one on and what flows back, each a fresh matrix. A signal has so many
 * times the columns of a sample, and samples are mapped one by one.
 */
export interface LinearMap extends Partial<Disposable> {
  apply(x: Matrix): Matrix;
  transposed(delta: Matrix): Matrix;
}

/**
 * A stage without parameters that is a linear map: of every signal the same, or one that the signal that runs in decides, near
 * which it is taken to stay (which of several pixels is the largest). SynFlow's signal goes through it as any other does, so that
 * its factors are not to be negative.
 */
export function linearMap(
  { shape, begin }: {
    readonly shape: Stage["shape"];
    readonly begin: (x: Matrix, shape: SignalShape) => LinearMap;
  },
): Stage {
  return {
    parameters: [],
    shape,
    forward: (x, input) => new LinearMapPass(begin(x, input), x),
    flow(r, input): FlowPass {
      const pass = new LinearMapPass(begin(r.values, input), r.values);
      return {
        out: { values: pass.out, scales: r.scales },
        meetings: [],
        passive: true,
        pullback: (c) => pass.pullback(c),
        [Symbol.dispose]: () => pass[Symbol.dispose](),
      };
    },
  };
}

class LinearMapPass implements Pass {
  readonly out: Matrix;
  readonly meetings = [];
  readonly passive = true;
  readonly #map: LinearMap;
  #signal: Matrix | undefined;

  constructor(map: LinearMap, x: Matrix) {
    this.#map = map;
    this.out = map.apply(x);
  }

  pullback(delta: Matrix, wanted = true): Matrix | undefined {
    this.#signal?.dispose();
    this.#signal = wanted ? this.#map.transposed(delta) : undefined;
    return this.#signal;
  }

  tangent(dx: Matrix | undefined): TangentPass {
    const made = new Resources(), map = this.#map;
    return {
      out: dx && made.add(map.apply(dx)),
      passive: true,
      pullback: (deltaTangent, wanted = true) => wanted ? made.add(map.transposed(deltaTangent)) : undefined,
      [Symbol.dispose]: () => made[Symbol.dispose](),
    };
  }

  [Symbol.dispose](): void {
    this.#map[Symbol.dispose]?.();
    this.out.dispose();
    this.#signal?.dispose();
  }
}
