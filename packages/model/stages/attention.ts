import { divideBlocks, headMix, headScores, repeatColumns, softmaxBlocks } from "@graphon-limit/ops";
import { assertCount, InvalidArgumentError, type Matrix } from "@graphon-limit/runtime";
import type { Flow, FlowPass } from "../flow.ts";
import { Resources } from "../resources.ts";
import { describeShape, positionsOf, type SignalShape } from "../signal.ts";
import type { Direction, Meeting, Pass, Stage, TangentPass } from "../stage.ts";
import { sumOf } from "./arithmetic.ts";

/** What makes queries, keys and values of a signal, each of as many rows. */
export interface AttentionStages {
  readonly query: Stage;
  readonly key: Stage;
  readonly value: Stage;
}

/** How attention is split and scaled. */
export interface AttentionOptions {
  /** Their rows fall into so many heads. */
  readonly heads: number;
  /** The factor on products of queries and keys; `1/√(rows of a head)` unless given. */
  readonly scale?: number | undefined;
}

/** What is the same for all of a stage's passes: heads, tokens, the factor. */
interface Settings {
  readonly heads: number;
  readonly tokens: number;
  readonly scale: number;
}

/**
 * Attention among the tokens of a sample (Vaswani et al. 2017), head by head: `softmax_t(scale ⟨q_s, k_t⟩)` of the values `v_t`. What
 * comes out has the rows of the values, for a product to follow.
 */
export function attention(
  stages: AttentionStages,
  { heads, scale }: AttentionOptions,
): Stage {
  assertCount("the number of heads", heads, 1);
  const all = [stages.query, stages.key, stages.value];
  const shape = (input: SignalShape) => {
    const shapes = all.map((stage) => stage.shape(input)), [first] = shapes;
    const fits = shapes.every((other) => describeShape(other) === describeShape(first)) &&
      first.positions.length > 0 && first.rows % heads === 0;
    if (!fits) {
      throw new InvalidArgumentError(
        `Expected queries, keys and values of one shape, with tokens, and rows for ${heads} heads but found ${
          shapes.map(describeShape).join(", ")
        }`,
      );
    }
    return first;
  };
  const settingsOf = (input: SignalShape): Settings => {
    const out = shape(input);
    return { heads, tokens: positionsOf(out), scale: scale ?? Math.sqrt(heads / out.rows) };
  };
  return {
    parameters: all.flatMap(({ parameters }) => parameters),
    shape,
    forward: (x, input) => new AttentionPass(all, x, input, settingsOf(input)),
    ...(all.every(({ flow }) => flow)
      ? { flow: (r, input) => new AttentionFlow(all, r, input, settingsOf(input)) }
      : {}),
  };
}

/** What flows back to the softmax, once for the tangent's sake. */
interface Back {
  /** `∂ℒ/∂out`. */
  readonly signal: Matrix;
  /** With respect to the softmax, and to the logits. */
  readonly toShares: Matrix;
  readonly toLogits: Matrix;
}

class AttentionPass implements Pass {
  readonly out: Matrix;
  readonly meetings: readonly Meeting[];
  readonly passes: readonly Pass[];
  /** The softmax [heads · tokens, samples · tokens]. */
  readonly shares: Matrix;
  readonly #made = new Resources();
  #pulled = new Resources();
  back: Back | undefined;

  constructor(stages: readonly Stage[], x: Matrix, input: SignalShape, readonly settings: Settings) {
    using made = new Resources();
    this.passes = stages.map((stage) => made.add(stage.forward(x, input)));
    this.meetings = this.passes.flatMap(({ meetings }) => meetings);
    const [query, key, value] = this.passes.map(({ out }) => out);
    using logits = scores(query, key, settings);
    this.shares = made.add(softmax({ x: logits }, settings, "value"));
    this.out = made.add(mix(this.shares, value, { ...settings, scale: 1 }));
    this.#made = made.move();
  }

  pullback(signal: Matrix, wanted = true): Matrix | undefined {
    this.#pulled[Symbol.dispose]();
    const made = this.#pulled = new Resources(), { settings } = this;
    const [query, key, value] = this.passes.map(({ out }) => out);
    const many = signal.cols > this.out.cols;
    using repeated = many ? repeat(this.shares, signal.cols) : undefined;
    const toShares = made.add(scores(signal, value, { ...settings, scale: 1 }));
    const toLogits = made.add(
      softmax({ x: repeated ?? this.shares, g: toShares }, settings, "derivative"),
    );
    this.back = { signal, toShares, toLogits };
    return pullThrough(this.passes, [
      made.add(mix(toLogits, key, settings)),
      made.add(mix(toLogits, query, settings, true)),
      made.add(mix(this.shares, signal, { ...settings, scale: 1 }, true)),
    ], { made, wanted });
  }

  tangent(dx: Matrix | undefined, along: Direction): TangentPass {
    return new AttentionTangent(this, dx, along);
  }

  [Symbol.dispose](): void {
    this.#pulled[Symbol.dispose]();
    this.#made[Symbol.dispose]();
  }
}

class AttentionTangent implements TangentPass {
  readonly out: Matrix | undefined;
  readonly #passes: readonly TangentPass[];
  readonly #made = new Resources();
  /** How the softmax moves; undefined where it does not. */
  readonly #shares: Matrix | undefined;

  constructor(readonly pass: AttentionPass, dx: Matrix | undefined, along: Direction) {
    using made = new Resources();
    const { settings, shares } = pass, plain = { ...settings, scale: 1 };
    this.#passes = pass.passes.map((each) => made.add(each.tangent(dx, along)));
    const [query, key, value] = pass.passes.map(({ out }) => out);
    const [movedQuery, movedKey, movedValue] = this.#passes.map(({ out }) => out);
    using logits = either(
      movedQuery && (() => scores(movedQuery, key, settings)),
      movedKey && ((sum) => scores(query, movedKey, settings, sum)),
    );
    this.#shares = logits && made.add(softmax({ x: shares, g: logits }, settings, "derivative"));
    const moved = either(
      this.#shares && (() => mix(this.#shares!, value, plain)),
      movedValue && ((sum) => mix(shares, movedValue, plain, false, sum)),
    );
    this.out = moved && made.add(moved);
    this.#made = made.move();
  }

  pullback(dg: Matrix, wanted = true): Matrix | undefined {
    const { settings, shares, passes, back } = this.pass, plain = { ...settings, scale: 1 };
    const { signal, toShares, toLogits } = back!, made = this.#made, movedShares = this.#shares;
    const [query, key, value] = passes.map(({ out }) => out);
    const [movedQuery, movedKey, movedValue] = this.#passes.map(({ out }) => out);
    using sharesMove = scores(dg, value, plain);
    if (movedValue) scores(signal, movedValue, plain, sharesMove);
    const logitsMove = made.add(
      movedShares
        ? softmax({ x: shares, g: toShares, dx: movedShares, dg: sharesMove }, settings, "second")
        : softmax({ x: shares, g: sharesMove }, settings, "derivative"),
    );
    const toQuery = made.add(mix(logitsMove, key, settings));
    if (movedKey) mix(toLogits, movedKey, settings, false, toQuery);
    const toKey = made.add(mix(logitsMove, query, settings, true));
    if (movedQuery) mix(toLogits, movedQuery, settings, true, toKey);
    const toValue = made.add(mix(shares, dg, plain, true));
    if (movedShares) mix(movedShares, signal, plain, true, toValue);
    return pullThrough(this.#passes, [toQuery, toKey, toValue], { made, wanted });
  }

  [Symbol.dispose](): void {
    this.#made[Symbol.dispose]();
  }
}

/**
 * What SynFlow sees: the products of positive queries and keys over their sum, which is held as it is, in place of the softmax. What
 * queries and keys were divided by before cancels there.
 */
class AttentionFlow implements FlowPass {
  readonly out: Flow;
  readonly meetings;
  readonly #flows: readonly FlowPass[];
  readonly #made = new Resources();
  readonly #settings: Settings;
  readonly #products: Matrix;
  readonly #shares: Matrix;

  constructor(stages: readonly Stage[], r: Flow, input: SignalShape, settings: Settings) {
    using made = new Resources();
    this.#settings = { ...settings, scale: 1 };
    this.#flows = stages.map((stage) => made.add(stage.flow!(r, input)));
    this.meetings = this.#flows.flatMap(({ meetings }) => meetings);
    const [query, key, value] = this.#flows.map(({ out }) => out.values);
    this.#products = made.add(scores(query, key, this.#settings));
    this.#shares = made.add(this.#overSums(this.#products));
    this.out = {
      values: made.add(mix(this.#shares, value, this.#settings)),
      scales: this.#flows[2].out.scales,
    };
    this.#made = made.move();
  }

  #overSums(g: Matrix): Matrix {
    const out = g.device.matrix(g.rows, g.cols);
    g.device.run(divideBlocks, { x: this.#products, g, out }, { size: this.#settings.tokens, kind: "sum" });
    return out;
  }

  pullback(c: Matrix, wanted = true): Matrix | undefined {
    const settings = this.#settings, made = this.#made;
    const [query, key, value] = this.#flows.map(({ out }) => out.values);
    using toShares = scores(c, value, settings);
    using toProducts = this.#overSums(toShares);
    return pullThrough(this.#flows, [
      made.add(mix(toProducts, key, settings)),
      made.add(mix(toProducts, query, settings, true)),
      made.add(mix(this.#shares, c, settings, true)),
    ], { made, wanted });
  }

  [Symbol.dispose](): void {
    this.#made[Symbol.dispose]();
  }
}

/** Pulls through what made queries, keys and values, and adds up what comes of it. */
function pullThrough(
  passes: readonly Pick<Pass, "pullback">[],
  deltas: readonly Matrix[],
  { made, wanted }: { readonly made: Resources; readonly wanted: boolean },
): Matrix | undefined {
  const signals = passes.map((pass, index) => pass.pullback(deltas[index], wanted));
  if (!wanted) return undefined;
  const [query, key, value] = signals;
  using both = sumOf(query!, key!);
  return made.add(sumOf(both, value!));
}

/** One of two terms, or their sum; undefined where there is neither. */
function either(
  first: (() => Matrix) | undefined,
  second: ((sum?: Matrix) => Matrix) | undefined,
): Matrix | undefined {
  const sum = first?.();
  return second ? second(sum) : sum;
}

/** `scale ⟨left_s, right_t⟩` by head, into a fresh matrix, or added to `sum`. */
function scores(left: Matrix, right: Matrix, { heads, tokens, scale }: Settings, sum?: Matrix): Matrix {
  const out = sum ?? left.device.matrix(heads * tokens, Math.max(left.cols, right.cols));
  left.device.run(headScores, { left, right, out }, { heads, tokens, scale, accumulate: Number(!!sum) });
  return out;
}

/** `scale Σ_t weights[t, s] x_t` by head, or transposed, into a fresh matrix, or added to `sum`. */
function mix(
  weights: Matrix,
  x: Matrix,
  { heads, tokens, scale }: Settings,
  transposed = false,
  sum?: Matrix,
): Matrix {
  const out = sum ?? x.device.matrix(x.rows, Math.max(weights.cols, x.cols));
  const settings = { heads, tokens, scale, accumulate: Number(!!sum), transposed };
  x.device.run(headMix, { weights, x, out }, settings);
  return out;
}

function softmax(
  args: { readonly x: Matrix; readonly g?: Matrix; readonly dx?: Matrix; readonly dg?: Matrix },
  { tokens: size }: Settings,
  mode: "value" | "derivative" | "second",
): Matrix {
  const { x } = args, out = x.device.matrix(x.rows, x.cols);
  x.device.run(softmaxBlocks, { ...args, out }, { size, mode });
  return out;
}

/** The same columns again and again, so many in all. */
function repeat(x: Matrix, cols: number): Matrix {
  const out = x.device.matrix(x.rows, cols);
  x.device.run(repeatColumns, { x, out });
  return out;
}
