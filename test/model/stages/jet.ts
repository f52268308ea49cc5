import type { ActivationName } from "@graphon-limit/ops";
import { Rounded, UNIT } from "../rounded.ts";
import { activationRounded } from "../rounded_network.ts";

const ZERO = new Rounded(0);

/** A pre-activation so near ReLU's corner that float32 may see it on the other side: what it gives cannot be foretold. */
export class NearCorner extends Error {}

/**
 * A number with its derivatives along two directions `a` and `b`, and along both: `f(x + s a + t b)` without what is of the
 * second order in either. Arithmetic with such numbers differentiates exactly, in float64, without steps and without any of
 * a stage's rules but the first (Fike and Alonso 2011, hyper-dual numbers); each part knows what rounding does to it.
 */
export class Jet {
  constructor(
    readonly value: Rounded,
    readonly a: Rounded = ZERO,
    readonly b: Rounded = ZERO,
    readonly ab: Rounded = ZERO,
  ) {}

  /** A number that moves by so much along `a` and along `b`. */
  static moving(value: number, a: number, b: number): Jet {
    return new Jet(new Rounded(value), constant(a), constant(b));
  }

  static sum(terms: readonly Jet[]): Jet {
    const total = (part: (jet: Jet) => Rounded) => sum(terms.map(part));
    return new Jet(
      total(({ value }) => value),
      total(({ a }) => a),
      total(({ b }) => b),
      total(({ ab }) => ab),
    );
  }

  times(other: Jet): Jet {
    const { value: x, a: xa, b: xb, ab: xab } = this, { value: y, a: ya, b: yb, ab: yab } = other;
    return new Jet(
      product(x, y),
      sum([product(xa, y), product(x, ya)]),
      sum([product(xb, y), product(x, yb)]),
      sum([product(xab, y), product(xa, yb), product(xb, ya), product(x, yab)]),
    );
  }

  /** Times a constant, itself rounded. */
  scaled(factor: number): Jet {
    if (factor === 1) return this;
    const [value, a, b, ab] = [this.value, this.a, this.b, this.ab]
      .map((part) => part === ZERO ? ZERO : part.scaled(factor));
    return new Jet(value, a, b, ab);
  }

  /** Under an activation. @throws {NearCorner} */
  activated(fn: ActivationName): Jet {
    const { value: z } = this;
    if (fn === "relu" && z.error > 0 && Math.abs(z.value) <= 4 * z.error * UNIT) throw new NearCorner();
    return this.#under(([0, 1, 2] as const).map((order) => activationRounded(fn, z, order)));
  }

  over(other: Jet): Jet {
    return this.times(other.power(-1));
  }

  /** To a power, of a number above zero. */
  power(exponent: number): Jet {
    const { value: z } = this, factors = [1, exponent, exponent - 1, exponent - 2];
    let factor = 1;
    const derivatives = factors.map((each, order) => (factor *= each) * z.value ** (exponent - order));
    return this.#under([0, 1, 2].map((order) => z.mapped(derivatives[order], derivatives[order + 1])));
  }

  exp(): Jet {
    const value = this.value.exp();
    return this.#under([value, value, value]);
  }

  /** A function of this number, its value here and its first two derivatives known. */
  #under([value, slope, curvature]: readonly Rounded[]): Jet {
    const { a, b, ab } = this;
    return new Jet(
      value,
      product(slope, a),
      product(slope, b),
      sum([product(curvature, product(a, b)), product(slope, ab)]),
    );
  }
}

function constant(value: number): Rounded {
  return value === 0 ? ZERO : new Rounded(value);
}

/** Most of the parts are zero, of which nothing need be made. */
function product(x: Rounded, y: Rounded): Rounded {
  return x === ZERO || y === ZERO ? ZERO : x.times(y);
}

function sum(terms: readonly Rounded[]): Rounded {
  const present = terms.filter((term) => term !== ZERO);
  return present.length < 2 ? present[0] ?? ZERO : Rounded.sum(present);
}
