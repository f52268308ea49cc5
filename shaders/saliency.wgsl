// out[i, j] = f(scale · (Σ_b a[i, b] x[j, b] + Σ_b a2[i, b] x2[j, b])): a gradient, or a score of the weight it belongs to.
// Masked-out entries get the float whose bits are `pruned`. `weights`, `mask` and `out` are row panels; `a` and `a2` are
// whole, met from row_offset on. Expects all as f32 arrays (of vec4 when `vec4` is on) but mask, which is bits.

#if ${vec4}
fn store_quad(i: u32, quad: u32, sum: vec4f) {
  let j = 4u * quad;
  let index = (i * params.out_cols + j) / 4u;
  var value = params.scale * sum;
#if ${kind.snip}
  value = abs(weights[index] * value);
#elif ${kind.grasp}
  value = weights[index] * value;
#elif ${kind.second}
  value = weights[index] * weights[index] * value;
#elif ${kind.size}
  value = abs(value);
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
#elif ${kind.second}
  value = weights[index] * weights[index] * value;
#elif ${kind.size}
  value = abs(value);
#endif
#if ${mask}
  let kept = (mask[i * params.mask_words + j / 32u] >> (j & 31u)) & 1u;
  if (kept == 0u) { value = bitcast<f32>(params.pruned); }
#endif
  out[index] = value;
}

fn store_quad(i: u32, quad: u32, sum: vec4f) {
  let j = 4u * quad;
  store(i, j, sum.x);
  store(i, j + 1u, sum.y);
  store(i, j + 2u, sum.z);
  store(i, j + 3u, sum.w);
}
#endif

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
