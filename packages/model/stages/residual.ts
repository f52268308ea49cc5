import { addColumn, addScaled, fill, multiplyElements } from "@graphon-limit/ops";
import { InvalidArgumentError, type Matrix } from "@graphon-limit/runtime";
import type { Flow, FlowMeeting, FlowPass } from "../flow.ts";
import { Resources } from "../resources.ts";
import { describeShape, type SignalShape } from "../signal.ts";
import type { Direction, ForwardMode, Pass, Stage, TangentPass } from "../stage.ts";
import { copyOf, sumOf } from "./arithmetic.ts";

/** A stage beside which its input runs on: `y = g(x) + f(x)`, `g` being what the skip connection does, nothing unless given. */
export function residual(stage: Stage, skip?: Stage): Stage {
  return {
    parameters: [...stage.parameters, ...skip?.parameters ?? []],
    shape(input) {
      const [through, beside] = [stage.shape(input), skip?.shape(input) ?? input].map(describeShape);
      if (through !== beside) {
        throw new InvalidArgumentError(
          `Expected both ways of a residual stage to give one shape but found ${through} and ${beside}`,
        );
      }
      return stage.shape(input);
    },
    forward: (x, shape, mode) => new ResidualPass(stage, skip, x, shape, mode),
    ...(stage.flow && (!skip || skip.flow)
      ? { flow: (r, shape) => residualFlow(stage, skip, r, shape) }
      : {}),
  };
}

class ResidualPass implements Pass {
  readonly out: Matrix;
  readonly meetings;
  readonly #through: Pass;
  readonly #beside: Pass | undefined;
  /** Both ways, where they are kept. */
  readonly #ways: Resources | undefined;
  #signal: Matrix | undefined;

  constructor(
    stage: Stage,
    skip: Stage | undefined,
    x: Matrix,
    shape: SignalShape,
    { keep = true }: ForwardMode = {},
  ) {
    using made = new Resources();
    // Both ways read x: neither may overwrite it.
    this.#through = made.add(stage.forward(x, shape, { keep }));
    this.#beside = skip && made.add(skip.forward(x, shape, { keep }));
    this.out = sumOf(this.#through.out, this.#beside?.out ?? x);
    this.meetings = [...this.#through.meetings, ...this.#beside?.meetings ?? []];
    if (keep) this.#ways = made.move();
  }

  pullback(delta: Matrix, wanted = true): Matrix | undefined {
    const through = this.#through.pullback(delta, wanted);
    const beside = this.#beside ? this.#beside.pullback(delta, wanted) : delta;
    this.#signal?.dispose();
    this.#signal = wanted ? sumOf(through!, beside!) : undefined;
    return this.#signal;
  }

  tangent(dx: Matrix | undefined, along: Direction): TangentPass {
    using made = new Resources();
    const through = made.add(this.#through.tangent(dx, along));
    const beside = this.#beside && made.add(this.#beside.tangent(dx, along));
    return new ResidualTangent(dx, through, beside, made.move());
  }

  [Symbol.dispose](): void {
    this.#ways?.[Symbol.dispose]();
    this.out.dispose();
    this.#signal?.dispose();
  }
}

class ResidualTangent implements TangentPass {
  readonly out: Matrix | undefined;
  readonly #made: Resources;

  /** @param made holds both ways, and what else this makes */
  constructor(
    dx: Matrix | undefined,
    readonly through: TangentPass,
    readonly beside: TangentPass | undefined,
    made: Resources,
  ) {
    this.#made = made;
    const along = beside ? beside.out : dx;
    this.out = through.out && along ? this.#made.add(sumOf(through.out, along)) : through.out ?? along;
  }

  pullback(deltaTangent: Matrix, wanted = true): Matrix | undefined {
    const through = this.through.pullback(deltaTangent, wanted);
    const beside = this.beside ? this.beside.pullback(deltaTangent, wanted) : deltaTangent;
    return wanted ? this.#made.add(sumOf(through!, beside!)) : undefined;
  }

  [Symbol.dispose](): void {
    this.#made[Symbol.dispose]();
  }
}

/**
 * With `A_f` and `A_g` what sums were divided by on the two ways, the true sum is `A_f f̂ + A_g ĝ`: here over `A_f`, so that what
 * comes out has been divided by that. What runs back is divided likewise, and the scores on the other way lack `A_g / A_f` that all
 * others have, which their divisors make up for.
 */
function residualFlow(stage: Stage, skip: Stage | undefined, r: Flow, shape: SignalShape): FlowPass {
  const { device } = r.values;
  using made = new Resources();
  const through = made.add(stage.flow!(r, shape));
  const beside = skip && made.add(skip.flow!(r, shape));
  const ratio = made.add(one(r.values));
  // What both were divided by cancels; a way through a normalisation forgets what was before it.
  const [scales, others] = [through.out.scales, (beside?.out ?? r).scales];
  for (const x of scales.filter((scale) => !others.includes(scale))) {
    device.run(multiplyElements, { x, y: ratio });
  }
  for (const divisor of others.filter((scale) => !scales.includes(scale))) divide(ratio, divisor);
  /** `through + beside / ratio`. */
  const join = (through: Matrix, beside: Matrix) => {
    const y = copyOf(through);
    device.run(addScaled, { x: beside, divisor: ratio, y }, { scale: 1 });
    return y;
  };
  const pairs = beside?.meetings.map((meeting): [FlowMeeting, FlowMeeting] => {
    const divisor = made.add(copyOf(meeting.divisor));
    device.run(multiplyElements, { x: ratio, y: divisor });
    return [meeting, { ...meeting, divisor }];
  }) ?? [];
  const values = made.add(join(through.out.values, beside?.out.values ?? r.values)), held = made.move();
  return {
    out: { values, scales: through.out.scales },
    meetings: [...through.meetings, ...pairs.map(([, meeting]) => meeting)],
    pullback(c, wanted = true) {
      const back = through.pullback(c, wanted), along = beside ? beside.pullback(c, wanted) : c;
      for (const [inner, outer] of pairs) outer.c = inner.c!;
      return wanted ? held.add(join(back!, along!)) : undefined;
    },
    [Symbol.dispose]: () => held[Symbol.dispose](),
  };
}

/** `x /= divisor`, both [1, 1]. */
function divide(x: Matrix, divisor: Matrix): void {
  using before = copyOf(x);
  x.device.clear(x);
  x.device.run(addColumn, { column: before, divisor, y: x });
}

function one({ device }: Matrix): Matrix {
  const x = device.matrix(1, 1);
  device.run(fill, { x }, { value: 1 });
  return x;
}
