import { addDoubles, subtractDoubles } from "./doubles";

// Rows of float64 numbers, and what a panel of reflections, v and w each, does to one.

/** Σ x y of so many numbers. */
export function dot(x: usize, y: usize, count: usize): f64 {
  let even = f64x2.splat(0), odd = even;
  const whole = x + (count & ~3) * 8, end = x + count * 8;
  for (; x < whole; x += 32, y += 32) {
    even = addDoubles(v128.load(x), v128.load(y), even);
    odd = addDoubles(v128.load(x, 16), v128.load(y, 16), odd);
  }
  let total = addedLanes(f64x2.add(even, odd));
  for (; x < end; x += 8, y += 8) total += load<f64>(x) * load<f64>(y);
  return total;
}

/** `y −= a u + b w`, all of `count` numbers. */
function subtractBoth(y: usize, a: f64, u: usize, b: f64, w: usize, count: usize): void {
  const each = f64x2.splat(a), other = f64x2.splat(b), whole = y + (count & ~1) * 8;
  for (; y < whole; y += 16, u += 16, w += 16) {
    v128.store(y, subtractDoubles(each, v128.load(u), subtractDoubles(other, v128.load(w), v128.load(y))));
  }
  if (count & 1) store<f64>(y, load<f64>(y) - a * load<f64>(u) - b * load<f64>(w));
}

/** `y −= a u + b w + c v + d x`, all of `count` numbers: y is read and written half as often as by two of the former. */
function subtractFour(
  y: usize,
  a: f64,
  u: usize,
  b: f64,
  w: usize,
  c: f64,
  v: usize,
  d: f64,
  x: usize,
  count: usize,
): void {
  const as = f64x2.splat(a), bs = f64x2.splat(b), cs = f64x2.splat(c), ds = f64x2.splat(d);
  for (const whole = y + (count & ~1) * 8; y < whole; y += 16, u += 16, w += 16, v += 16, x += 16) {
    const both = subtractDoubles(as, v128.load(u), subtractDoubles(bs, v128.load(w), v128.load(y)));
    v128.store(y, subtractDoubles(cs, v128.load(v), subtractDoubles(ds, v128.load(x), both)));
  }
  if (count & 1) {
    const both = a * load<f64>(u) + b * load<f64>(w);
    store<f64>(y, load<f64>(y) - (both + c * load<f64>(v) + d * load<f64>(x)));
  }
}

/** Both lanes of a sum. */
export function addedLanes(sum: v128): f64 {
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** `to += x y`, of one number each. */
function addProduct(to: usize, x: usize, y: usize): void {
  store<f64>(to, load<f64>(to) + load<f64>(x) * load<f64>(y));
}

/**
 * `y −= Σ a v + b w` over `count` reflections, two at a time, of so many numbers; v's rows go up from one to the next, and the factors,
 * from the addresses `a` and `b` on, are so many bytes apart.
 */
export function subtractEarlier(
  y: usize,
  v: usize,
  w: usize,
  pitch: usize,
  count: usize,
  numbers: usize,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
): void {
  for (; count > 1; count -= 2, v -= 2 * pitch, w += 2 * pitch, a += 2 * aStep, b += 2 * bStep) {
    const c = load<f64>(a + aStep), d = load<f64>(b + bStep);
    subtractFour(y, load<f64>(a), v, load<f64>(b), w, c, v - pitch, d, w + pitch, numbers);
  }
  if (count) subtractBoth(y, load<f64>(a), v, load<f64>(b), w, numbers);
}

/** The products of u with w and v of `count` reflections, of so many `numbers` of each; v's rows go up from one to the next. */
export function multiplyEarlier(
  u: usize,
  v: usize,
  w: usize,
  pitch: usize,
  count: usize,
  numbers: usize,
  products: usize,
): void {
  const whole = (numbers & ~1) * 8;
  for (; count > 1; count -= 2, v -= 2 * pitch, w += 2 * pitch, products += 32) {
    const x = w + pitch, t = v - pitch;
    let byW = f64x2.splat(0), byV = byW, byX = byW, byT = byW;
    for (let j: usize = 0; j < whole; j += 16) {
      const uj = v128.load(u + j);
      byW = addDoubles(uj, v128.load(w + j), byW), byV = addDoubles(uj, v128.load(v + j), byV);
      byX = addDoubles(uj, v128.load(x + j), byX), byT = addDoubles(uj, v128.load(t + j), byT);
    }
    store<f64>(products, addedLanes(byW));
    store<f64>(products, addedLanes(byV), 8);
    store<f64>(products, addedLanes(byX), 16);
    store<f64>(products, addedLanes(byT), 24);
    if (numbers & 1) {
      // The number that is not one of two.
      addProduct(products, u + whole, w + whole);
      addProduct(products + 8, u + whole, v + whole);
      addProduct(products + 16, u + whole, x + whole);
      addProduct(products + 24, u + whole, t + whole);
    }
  }
  if (count) {
    store<f64>(products, dot(u, w, numbers));
    store<f64>(products, dot(u, v, numbers), 8);
  }
}
