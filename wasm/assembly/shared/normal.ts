import { exponents, logarithm, mantissas, takeApart } from "./logarithm";

/** ln((2k + 1) / 2²⁴) for four 23-bit integers k: the polynomial of `shaders/shared/normal.wgsl`. */
function logOpenUniform(k: v128): v128 {
  const u = f32x4.mul(
    f32x4.add(f32x4.convert_i32x4_s(k), f32x4.splat(0.5)),
    f32x4.splat(1.1920928955078125e-7),
  );
  takeApart(u);
  const one = f32x4.splat(1);
  return logarithm(exponents, f32x4.div(f32x4.sub(mantissas, one), f32x4.add(mantissas, one)));
}

/** Eight standard normal numbers by Box–Muller: `scale` times the cosines' in one vector, the sines' in the other. */
export let normal0: v128 = i32x4.splat(0);
export let normal1: v128 = i32x4.splat(0);

export function normals(first: v128, second: v128, scale: v128): void {
  const log = logOpenUniform(i32x4.shr_u(first, 9));
  const radius = f32x4.mul(scale, f32x4.sqrt(f32x4.mul(f32x4.splat(-2), log)));
  // A whole turn is 2²⁴: the nearest quarter and what is left of it are exact integers.
  const turn = i32x4.add(i32x4.shl(i32x4.shr_u(second, 9), 1), i32x4.splat(1));
  const quarter = i32x4.shr_u(i32x4.add(turn, i32x4.splat(0x200000)), 22);
  const rest = f32x4.convert_i32x4_s(i32x4.sub(turn, i32x4.shl(quarter, 22)));
  const x = f32x4.mul(rest, f32x4.splat(3.7450704e-7)), q = f32x4.mul(x, x);
  let sine = f32x4.add(f32x4.splat(8.3321608736e-3), f32x4.mul(q, f32x4.splat(-1.9515295891e-4)));
  sine = f32x4.add(f32x4.splat(-1.6666654611e-1), f32x4.mul(q, sine));
  sine = f32x4.add(x, f32x4.mul(f32x4.mul(x, q), sine));
  let cosine = f32x4.add(f32x4.splat(-1.388731625e-3), f32x4.mul(q, f32x4.splat(2.443315711e-5)));
  cosine = f32x4.add(f32x4.splat(4.166664568e-2), f32x4.mul(q, cosine));
  cosine = f32x4.add(f32x4.splat(1), f32x4.mul(q, f32x4.add(f32x4.splat(-0.5), f32x4.mul(q, cosine))));
  const odd = i32x4.eq(v128.and(quarter, i32x4.splat(1)), i32x4.splat(1));
  const cosineSign = i32x4.shl(v128.and(i32x4.add(quarter, i32x4.splat(1)), i32x4.splat(2)), 30);
  const sineSign = i32x4.shl(v128.and(quarter, i32x4.splat(2)), 30);
  normal0 = f32x4.mul(radius, v128.xor(v128.bitselect(sine, cosine, odd), cosineSign));
  normal1 = f32x4.mul(radius, v128.xor(v128.bitselect(cosine, sine, odd), sineSign));
}
