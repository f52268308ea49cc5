// out[k, n] = scale · (weights ⊙ mask)ᵀ[k, m] · x[m, n], added to what `out` holds when `accumulate` is 1. Panels of
// `weights` meet their rows of `x` from row_offset on; panels after the first add to what the earlier ones left.
// Expects weights, x, out as f32 arrays (of vec4 when `vec4` is on), mask as bits.

fn adds() -> bool {
  return params.accumulate == 1u || params.first_panel == 0u;
}

#if ${tiled}
fn left_at(i: u32, l: u32) -> f32 {
#if ${mask}
  if (((mask[l * params.mask_words + i / 32u] >> (i & 31u)) & 1u) == 0u) { return 0.0; }
#endif
  return weights[l * params.weights_cols + i];
}

fn right_at(l: u32, j: u32) -> f32 {
  return x[(params.row_offset + l) * params.x_cols + j];
}

fn store(i: u32, j: u32, sum: f32) {
  let index = i * params.x_cols + j;
  var value = params.scale * sum;
  if (adds()) { value += out[index]; }
  out[index] = value;
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_index) thread: u32) {
  add_tile_product(tile.xy, thread, params.weights_cols, params.weights_rows, params.x_cols);
  store_tile(tile.xy, thread, params.weights_cols, params.x_cols);
}
#else
// Entries 4·quad … 4·quad + 3 of row l of the masked weights. Quads past the last repeat it: their sums are not stored.
fn weights_at(l: u32, beyond: u32) -> vec4f {
  let quad = min(beyond, (params.weights_cols - 1u) / 4u);
#if ${vec4}
  let quads = weights[l * (params.weights_cols / 4u) + quad];
#else
  let start = l * params.weights_cols + 4u * quad;
  let values = vec4f(weights[start], weights[start + 1u], weights[start + 2u], weights[start + 3u]);
  let quads = select(vec4f(), values, vec4u(0u, 1u, 2u, 3u) < vec4u(params.weights_cols - 4u * quad));
#endif
#if ${mask}
  let bits = vec4u(mask[l * params.mask_words + quad / 8u] >> (4u * (quad & 7u)));
  return select(vec4f(), quads, (bits & vec4u(1u, 2u, 4u, 8u)) != vec4u());
#else
  return quads;
#endif
}

// Four neighbours in the row of x that meets row l of this panel, zero past the end.
fn x_at(l: u32, quad: u32) -> vec4f {
  let row = params.row_offset + l;
#if ${vec4}
  return x[row * (params.x_cols / 4u) + quad];
#else
  let start = row * params.x_cols + 4u * quad;
  let values = vec4f(x[start], x[start + 1u], x[start + 2u], x[start + 3u]);
  return select(vec4f(), values, vec4u(0u, 1u, 2u, 3u) < vec4u(params.x_cols - 4u * quad));
#endif
}

fn store(i: u32, quad: u32, sum: vec4f) {
  if (i >= params.weights_cols) { return; }
#if ${vec4}
  let index = i * (params.x_cols / 4u) + quad;
  var value = params.scale * sum;
  if (adds()) { value += out[index]; }
  out[index] = value;
#else
  for (var c = 0u; c < min(4u, params.x_cols - 4u * quad); c++) {
    let index = i * params.x_cols + 4u * quad + c;
    var value = params.scale * sum[c];
    if (adds()) { value += out[index]; }
    out[index] = value;
  }
#endif
}

// Eight columns of the weights by two quads of columns of x stay in registers; each row adds an outer product. Spelt
// out, because loops over private arrays are not unrolled everywhere. Neighbouring invocations share a row of the weights
// when x is wide, and the columns of x when it is `narrow`.
@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) lane: vec3u) {
#if ${narrow}
  let i = 8u * (group.y * 8u + lane.x);
  let j = 2u * group.x;
#else
  let i = 8u * group.y;
  let j = 2u * (group.x * 8u + lane.x);
#endif
  if (i >= params.weights_cols || 4u * j >= params.x_cols) { return; }
  // The second quad may lie past the last column: then it repeats the first and is not stored.
  let j1 = select(j, j + 1u, 4u * (j + 1u) < params.x_cols);
  var a0 = vec4f(); var a1 = vec4f(); var a2 = vec4f(); var a3 = vec4f();
  var a4 = vec4f(); var a5 = vec4f(); var a6 = vec4f(); var a7 = vec4f();
  var b0 = vec4f(); var b1 = vec4f(); var b2 = vec4f(); var b3 = vec4f();
  var b4 = vec4f(); var b5 = vec4f(); var b6 = vec4f(); var b7 = vec4f();
  for (var l = 0u; l < params.weights_rows; l++) {
    let w = weights_at(l, i / 4u);
    let v = weights_at(l, i / 4u + 1u);
    let xa = x_at(l, j);
    let xb = x_at(l, j1);
    a0 += w.x * xa; a1 += w.y * xa; a2 += w.z * xa; a3 += w.w * xa;
    a4 += v.x * xa; a5 += v.y * xa; a6 += v.z * xa; a7 += v.w * xa;
    b0 += w.x * xb; b1 += w.y * xb; b2 += w.z * xb; b3 += w.w * xb;
    b4 += v.x * xb; b5 += v.y * xb; b6 += v.z * xb; b7 += v.w * xb;
  }
  store(i, j, a0); store(i + 1u, j, a1); store(i + 2u, j, a2); store(i + 3u, j, a3);
  store(i + 4u, j, a4); store(i + 5u, j, a5); store(i + 6u, j, a6); store(i + 7u, j, a7);
  if (j1 != j) {
    store(i, j1, b0); store(i + 1u, j1, b1); store(i + 2u, j1, b2); store(i + 3u, j1, b3);
    store(i + 4u, j1, b4); store(i + 5u, j1, b5); store(i + 6u, j1, b6); store(i + 7u, j1, b7);
  }
}
#endif
