import type { Matrix } from "@graphon-limit/runtime";
import type { Flow, FlowPass } from "./flow.ts";
import type { SignalShape } from "./signal.ts";
import type { Weight } from "./weight.ts";

/**
 * A part of a network through which signals run: a weight's product, an activation, a chain of other stages. It says how with
 * four rules, forward, pullback, tangent, and the tangent of the pullback, and knows nothing of pruning, training or kernels:
 * these look at what met in its weights (`Meeting`).
 */
export interface Stage {
  /** The parameters, in the order in which a signal meets them. */
  readonly parameters: readonly Weight[];
  /** The shape of what comes out. @throws {InvalidArgumentError} if such a signal does not fit */
  shape(input: SignalShape): SignalShape;
  /**
   * The first rule.
   *
   * @param x [rows, columns]; must outlive the pass
   */
  forward(x: Matrix, shape: SignalShape, mode?: ForwardMode): Pass;
  /**
   * What SynFlow sees: the stage with absolute weights, made linear where it is not (docs/mathematics.md §2). Stages without this rule cannot
   * be pruned by SynFlow.
   */
  flow?(r: Flow, shape: SignalShape): FlowPass;
}

/** What a caller of `forward` lets a stage do. */
export interface ForwardMode {
  /** Nothing else reads `x`: the stage may overwrite it and hand it on as its output. */
  readonly consume?: boolean;
  /** False where nothing will be pulled back, so that the stage need keep nothing but its output. */
  readonly keep?: boolean;
}

/** What a forward pass through a stage leaves behind, and the rules that go on from it. It owns what it made. */
export interface Pass extends Disposable {
  /** [rows, columns]. */
  readonly out: Matrix;
  /** What met in each parameter, in the order of the stage's. */
  readonly meetings: readonly Meeting[];
  /** Whether `pullback` leaves nothing behind, so that it need not be called where what it gives is not wanted; false unless given. */
  readonly passive?: boolean;
  /**
   * The second rule: the gradient with respect to `x` from that with respect to `out`. It leaves each meeting's `delta`, until
   * it is asked for again.
   *
   * @param delta [rows, k · columns]: k gradients side by side, k = 1 for a loss; must outlive the pass
   * @param wanted false where nobody wants the gradient with respect to `x`, as of a network's inputs
   */
  pullback(delta: Matrix, wanted?: boolean): Matrix | undefined;
  /**
   * The third rule: how `out` moves as `x` and the parameters do. Comes after `pullback` with one gradient.
   *
   * @param dx [rows, columns]; undefined where `x` does not move
   */
  tangent(dx: Matrix | undefined, along: Direction): TangentPass;
}

/** What a tangent pass through a stage leaves behind, and the last rule. */
export interface TangentPass extends Disposable {
  /** [rows, columns]; undefined where `out` does not move. */
  readonly out: Matrix | undefined;
  /** As {@linkcode Pass.passive}. */
  readonly passive?: boolean;
  /**
   * The fourth rule: how the gradient with respect to `x` moves, from how that with respect to `out` does. It leaves each
   * meeting's `deltaTangent`.
   */
  pullback(deltaTangent: Matrix, wanted?: boolean): Matrix | undefined;
}

/**
 * What met in a parameter: the signal that came in and the gradient that came back, a column for each sample and position. The
 * gradient of a weight is `s δ xᵀ` on its kept entries, that of a bias or a shift the sum of δ over the columns, of a gain that of
 * `δ ⊙ x`, of a position that of δ over the samples.
 */
export interface Meeting {
  readonly weight: Weight;
  /** `x` [inputs · taps, columns]; undefined for a bias, a shift and a position, which meet a one in every column. */
  readonly input: Matrix | undefined;
  /** `δ` [outputs, k · columns], the gradient with respect to the product, after `pullback`. */
  delta?: Matrix;
  /** How both move, after `tangent` and its pullback; undefined where the input does not. */
  inputTangent?: Matrix | undefined;
  deltaTangent?: Matrix;
}

/** A direction in which parameters move; those it says nothing of stay. */
export interface Direction {
  of(weight: Weight): WeightDirection | undefined;
}

/** The direction `V` of one parameter, by what a tangent pass asks of it; zero where a mask is. */
export interface WeightDirection {
  /** `out += scale · V x`; of a bias `out += V` in every column; of others as they are added. */
  addProduct(x: Matrix | undefined, out: Matrix, scale: number): void;
  /** `out += scale · Vᵀ δ`; never asked of what meets no signal. */
  addTransposedProduct(delta: Matrix, out: Matrix, scale: number): void;
}
