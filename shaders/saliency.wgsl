// out[i, j] = f(scale · (Σ_b a[i, b] x[j, b] + Σ_b a2[i, b] x2[j, b])): a gradient, or a score of the weight it belongs to.
// Masked-out entries get the float whose bits are `pruned`. `weights`, `mask` and `out` are row panels; `a` and `a2` are
// whole, met from row_offset on. Expects all as f32 arrays (of vec4 when `vec4` is on) but mask, which is bits.

#if ${vec4}
fn store_quad(i: u32, j: u32, sum: vec4f) {
  if (i >= params.out_rows || j >= params.out_cols) { return; }
  let index = (i * params.out_cols + j) / 4u;
  var value = params.scale * sum;
#if ${kind.snip}
  value = abs(weights[index] * value);
#elif ${kind.grasp}
  value = weights[index] * value;
#endif
#if ${mask}
  let bits = vec4u(mask[i * params.mask_words + j / 32u] >> (j & 31u));
  value = select(vec4f(bitcast<f32>(params.pruned)), value, (bits & vec4u(1u, 2u, 4u, 8u)) != vec4u());
#endif
  out[index] = value;
}
#else
fn store(i: u32, j: u32, sum: f32) {
  if (i >= params.out_rows || j >= params.out_cols) { return; }
  let index = i * params.out_cols + j;
  var value = params.scale * sum;
#if ${kind.snip}
  value = abs(weights[index] * value);
#elif ${kind.grasp}
  value = weights[index] * value;
#endif
#if ${mask}
  let kept = (mask[i * params.mask_words + j / 32u] >> (j & 31u)) & 1u;
  if (kept == 0u) { value = bitcast<f32>(params.pruned); }
#endif
  out[index] = value;
}

fn store_quad(i: u32, j: u32, sum: vec4f) {
  store(i, j, sum.x);
  store(i, j + 1u, sum.y);
  store(i, j + 2u, sum.z);
  store(i, j + 3u, sum.w);
}
#endif

#if ${tiled}
// The second pair's sum follows the first's as if their columns stood side by side.
fn left_at(i: u32, l: u32) -> f32 {
#if ${a2}
  if (l >= params.a_cols) { return a2[(params.row_offset + i) * params.a2_cols + l - params.a_cols]; }
#endif
  return a[(params.row_offset + i) * params.a_cols + l];
}

fn right_at(l: u32, j: u32) -> f32 {
#if ${x2}
  if (l >= params.x_cols) { return x2[j * params.x2_cols + l - params.x_cols]; }
#endif
  return x[j * params.x_cols + l];
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_index) thread: u32) {
  var inner = params.a_cols;
#if ${a2}
  inner += params.a2_cols;
#endif
  add_tile_product(tile.xy, thread, params.out_rows, inner, params.out_cols);
  store_tile(tile.xy, thread, params.out_rows, params.out_cols);
}
#else
// Four neighbours in a row of a, x, a2 or x2. Rows past the last repeat it: their sums are not stored.
fn a_at(i: u32, quad: u32) -> vec4f {
  let row = params.row_offset + min(i, params.out_rows - 1u);
#if ${vec4}
  return a[row * (params.a_cols / 4u) + quad];
#else
  let start = row * params.a_cols + 4u * quad;
  let values = vec4f(a[start], a[start + 1u], a[start + 2u], a[start + 3u]);
  return before_end(values, params.a_cols - 4u * quad);
#endif
}

fn x_at(j: u32, quad: u32) -> vec4f {
  let row = min(j, params.out_cols - 1u);
#if ${vec4}
  return x[row * (params.x_cols / 4u) + quad];
#else
  let start = row * params.x_cols + 4u * quad;
  let values = vec4f(x[start], x[start + 1u], x[start + 2u], x[start + 3u]);
  return before_end(values, params.x_cols - 4u * quad);
#endif
}

#if ${a2}
fn a2_at(i: u32, quad: u32) -> vec4f {
  let row = params.row_offset + min(i, params.out_rows - 1u);
#if ${vec4}
  return a2[row * (params.a2_cols / 4u) + quad];
#else
  let start = row * params.a2_cols + 4u * quad;
  let values = vec4f(a2[start], a2[start + 1u], a2[start + 2u], a2[start + 3u]);
  return before_end(values, params.a2_cols - 4u * quad);
#endif
}

fn x2_at(j: u32, quad: u32) -> vec4f {
  let row = min(j, params.out_cols - 1u);
#if ${vec4}
  return x2[row * (params.x2_cols / 4u) + quad];
#else
  let start = row * params.x2_cols + 4u * quad;
  let values = vec4f(x2[start], x2[start + 1u], x2[start + 2u], x2[start + 3u]);
  return before_end(values, params.x2_cols - 4u * quad);
#endif
}
#endif

#if ${!vec4}
fn before_end(values: vec4f, left: u32) -> vec4f {
  return select(vec4f(), values, vec4u(0u, 1u, 2u, 3u) < vec4u(left));
}
#endif

fn store_row(i: u32, j: u32, left: vec4f, right: vec4f) {
  store_quad(i, j, left);
  store_quad(i, j + 4u, right);
}

// Eight rows of a by eight rows of x, the columns of two matrices, stay in registers, four terms of the sum at a time. Spelt out, because loops over
// private arrays are not unrolled everywhere.
@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let i = 8u * group.y;
  let j = 8u * (group.x * 8u + lane.x);
  if (j >= params.out_cols) { return; }
  var s0 = vec4f(); var s1 = vec4f(); var s2 = vec4f(); var s3 = vec4f();
  var s4 = vec4f(); var s5 = vec4f(); var s6 = vec4f(); var s7 = vec4f();
  var t0 = vec4f(); var t1 = vec4f(); var t2 = vec4f(); var t3 = vec4f();
  var t4 = vec4f(); var t5 = vec4f(); var t6 = vec4f(); var t7 = vec4f();
  for (var quad = 0u; 4u * quad < params.a_cols; quad++) {
    let left = mat4x4f(x_at(j, quad), x_at(j + 1u, quad), x_at(j + 2u, quad), x_at(j + 3u, quad));
    let right = mat4x4f(x_at(j + 4u, quad), x_at(j + 5u, quad), x_at(j + 6u, quad), x_at(j + 7u, quad));
    let r0 = a_at(i, quad); s0 += r0 * left; t0 += r0 * right;
    let r1 = a_at(i + 1u, quad); s1 += r1 * left; t1 += r1 * right;
    let r2 = a_at(i + 2u, quad); s2 += r2 * left; t2 += r2 * right;
    let r3 = a_at(i + 3u, quad); s3 += r3 * left; t3 += r3 * right;
    let r4 = a_at(i + 4u, quad); s4 += r4 * left; t4 += r4 * right;
    let r5 = a_at(i + 5u, quad); s5 += r5 * left; t5 += r5 * right;
    let r6 = a_at(i + 6u, quad); s6 += r6 * left; t6 += r6 * right;
    let r7 = a_at(i + 7u, quad); s7 += r7 * left; t7 += r7 * right;
  }
#if ${a2}
  for (var quad = 0u; 4u * quad < params.a2_cols; quad++) {
    let left = mat4x4f(x2_at(j, quad), x2_at(j + 1u, quad), x2_at(j + 2u, quad), x2_at(j + 3u, quad));
    let right = mat4x4f(x2_at(j + 4u, quad), x2_at(j + 5u, quad), x2_at(j + 6u, quad), x2_at(j + 7u, quad));
    let r0 = a2_at(i, quad); s0 += r0 * left; t0 += r0 * right;
    let r1 = a2_at(i + 1u, quad); s1 += r1 * left; t1 += r1 * right;
    let r2 = a2_at(i + 2u, quad); s2 += r2 * left; t2 += r2 * right;
    let r3 = a2_at(i + 3u, quad); s3 += r3 * left; t3 += r3 * right;
    let r4 = a2_at(i + 4u, quad); s4 += r4 * left; t4 += r4 * right;
    let r5 = a2_at(i + 5u, quad); s5 += r5 * left; t5 += r5 * right;
    let r6 = a2_at(i + 6u, quad); s6 += r6 * left; t6 += r6 * right;
    let r7 = a2_at(i + 7u, quad); s7 += r7 * left; t7 += r7 * right;
  }
#endif
  store_row(i, j, s0, t0); store_row(i + 1u, j, s1, t1); store_row(i + 2u, j, s2, t2); store_row(i + 3u, j, s3, t3);
  store_row(i + 4u, j, s4, t4); store_row(i + 5u, j, s5, t5); store_row(i + 6u, j, s6, t6); store_row(i + 7u, j, s7, t7);
}
#endif
