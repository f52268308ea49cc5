import { InvalidArgumentError, type Matrix } from "@graphon-limit/runtime";
import type { Flow, FlowPass } from "../flow.ts";
import { Resources } from "../resources.ts";
import type { SignalShape } from "../signal.ts";
import type { Direction, ForwardMode, Pass, Stage, TangentPass } from "../stage.ts";

/** Stages one after another. */
export function chain(stages: readonly Stage[]): Stage {
  if (stages.length === 0) {
    throw new InvalidArgumentError("Expected a chain of at least one stage but found none");
  }
  return {
    parameters: stages.flatMap(({ parameters }) => parameters),
    shape: (input) => stages.reduce((shape, stage) => stage.shape(shape), input),
    forward: (x, shape, mode) => runForward(stages, x, shape, mode),
    ...(stages.every(({ flow }) => flow) ? { flow: (r, shape) => runFlow(stages, r, shape) } : {}),
  };
}

function runForward(
  stages: readonly Stage[],
  x: Matrix,
  input: SignalShape,
  { consume = false, keep = true }: ForwardMode = {},
): Pass {
  const passes: Pass[] = [];
  let shape = input, out = x;
  try {
    for (const [index, stage] of stages.entries()) {
      // What a stage puts out is read by the next one alone.
      const pass = stage.forward(out, shape, { consume: index > 0 || consume, keep });
      if (!keep && pass.out !== out) disposeAll(passes.splice(0));
      passes.push(pass);
      shape = stage.shape(shape);
      out = pass.out;
    }
  } catch (error) {
    disposeAll(passes);
    throw error;
  }
  return new ChainPass(passes);
}

class ChainPass implements Pass {
  readonly out: Matrix;
  readonly meetings;

  constructor(readonly passes: readonly Pass[]) {
    this.out = passes[passes.length - 1].out;
    this.meetings = passes.flatMap(({ meetings }) => meetings);
  }

  pullback(delta: Matrix, wanted = true): Matrix | undefined {
    return runBack(this.passes, delta, lastPulled(this.passes, wanted), wanted);
  }

  tangent(dx: Matrix | undefined, along: Direction): TangentPass {
    using made = new Resources();
    const passes: TangentPass[] = [];
    let moved = dx;
    for (const pass of this.passes) {
      const tangent = made.add(pass.tangent(moved, along));
      passes.push(tangent);
      moved = tangent.out;
    }
    const held = made.move();
    return {
      out: moved,
      pullback: (deltaTangent, wanted = true) =>
        runBack(passes, deltaTangent, lastPulled(this.passes, wanted), wanted),
      [Symbol.dispose]: () => held[Symbol.dispose](),
    };
  }

  [Symbol.dispose](): void {
    disposeAll(this.passes);
  }
}

/** The stage that a gradient is pulled back to: where nobody wants that of the signal that came in, the first that takes note of it. */
function lastPulled(passes: readonly Pick<Pass, "passive">[], wanted: boolean): number {
  if (wanted) return 0;
  const first = passes.findIndex(({ passive }) => !passive);
  return first < 0 ? passes.length : first;
}

/** Pulls a gradient back from the last stage to that at `end`. */
function runBack(
  passes: readonly Pick<Pass, "pullback">[],
  delta: Matrix,
  end: number,
  wanted: boolean,
): Matrix | undefined {
  let signal: Matrix | undefined = delta;
  for (let index = passes.length - 1; index >= end; index--) {
    signal = passes[index].pullback(signal!, wanted || index > end);
  }
  return wanted ? signal : undefined;
}

function runFlow(stages: readonly Stage[], r: Flow, input: SignalShape): FlowPass {
  using made = new Resources();
  const passes: FlowPass[] = [];
  let shape = input, out = r;
  for (const stage of stages) {
    const pass = made.add(stage.flow!(out, shape));
    passes.push(pass);
    shape = stage.shape(shape);
    out = pass.out;
  }
  const held = made.move();
  return {
    out,
    meetings: passes.flatMap(({ meetings }) => meetings),
    pullback: (c, wanted = true) => runBack(passes, c, lastPulled(passes, wanted), wanted),
    [Symbol.dispose]: () => held[Symbol.dispose](),
  };
}

function disposeAll(things: readonly Disposable[]): void {
  for (const thing of things) thing[Symbol.dispose]();
}
