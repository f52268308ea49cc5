// out[m, n] = scale · (weights ⊙ mask)[m, k] · x[k, n], added to what `out` holds when `accumulate` is 1.
// `weights` and `mask` are row panels; `out` is whole, written from row_offset on. Expects weights, x, out as f32 arrays (of
// vec4 when `vec4` is on), mask as bits.

#if ${tiled}
fn left_at(i: u32, l: u32) -> f32 {
#if ${mask}
  if (((mask[i * params.mask_words + l / 32u] >> (l & 31u)) & 1u) == 0u) { return 0.0; }
#endif
  return weights[i * params.weights_cols + l];
}

fn right_at(l: u32, j: u32) -> f32 {
  return x[l * params.x_cols + j];
}

fn store(i: u32, j: u32, sum: f32) {
  let index = (params.row_offset + i) * params.x_cols + j;
  var value = params.scale * sum;
  if (params.accumulate == 1u) { value += out[index]; }
  out[index] = value;
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_index) thread: u32) {
  add_tile_product(tile.xy, thread, params.weights_rows, params.weights_cols, params.x_cols);
  store_tile(tile.xy, thread, params.weights_rows, params.x_cols);
}
#else
// Entries 4·quad … 4·quad + 3 of a row of the masked weights, zero past the end.
fn weights_at(i: u32, quad: u32) -> vec4f {
  let row = min(i, params.weights_rows - 1u);
#if ${vec4}
  let quads = weights[row * (params.weights_cols / 4u) + quad];
#else
  let quads = quad_of_weights(row * params.weights_cols + 4u * quad, params.weights_cols - 4u * quad);
#endif
#if ${mask}
  let bits = vec4u(mask[row * params.mask_words + quad / 8u] >> (4u * (quad & 7u)));
  return select(vec4f(), quads, (bits & vec4u(1u, 2u, 4u, 8u)) != vec4u());
#else
  return quads;
#endif
}

#if ${!vec4}
fn quad_of_weights(start: u32, left: u32) -> vec4f {
  let quad = vec4f(weights[start], weights[start + 1u], weights[start + 2u], weights[start + 3u]);
  return select(vec4f(), quad, vec4u(0u, 1u, 2u, 3u) < vec4u(left));
}
#endif

// Four neighbours in row l of x, zero past the last column. Rows past the last repeat it: their weights are zero.
fn x_at(l: u32, quad: u32) -> vec4f {
#if ${vec4}
  return x[l * (params.x_cols / 4u) + quad];
#else
  let start = min(l, params.x_rows - 1u) * params.x_cols + 4u * quad;
  let values = vec4f(x[start], x[start + 1u], x[start + 2u], x[start + 3u]);
  return select(vec4f(), values, vec4u(0u, 1u, 2u, 3u) < vec4u(params.x_cols - 4u * quad));
#endif
}

fn store(i: u32, quad: u32, sum: vec4f) {
  if (i >= params.weights_rows || 4u * quad >= params.x_cols) { return; }
#if ${vec4}
  let index = (params.row_offset + i) * (params.x_cols / 4u) + quad;
  var value = params.scale * sum;
  if (params.accumulate == 1u) { value += out[index]; }
  out[index] = value;
#else
  for (var c = 0u; c < min(4u, params.x_cols - 4u * quad); c++) {
    let index = (params.row_offset + i) * params.x_cols + 4u * quad + c;
    var value = params.scale * sum[c];
    if (params.accumulate == 1u) { value += out[index]; }
    out[index] = value;
  }
#endif
}

// Eight rows by two quads of columns stay in registers; four terms of the sum at a time are a 4×4 matrix times a quad of
// weights. Spelt out, because loops over private arrays are not unrolled everywhere. Neighbouring invocations share rows of
// the weights when x is wide, and the columns of x when it is `narrow`.
@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) lane: vec3u) {
#if ${narrow}
  let i = 8u * (group.y * 8u + lane.x);
  let j = 2u * group.x;
#else
  let i = 8u * group.y;
  let j = 2u * (group.x * 8u + lane.x);
#endif
  if (i >= params.weights_rows || 4u * j >= params.x_cols) { return; }
  // The second quad may lie past the last column: then it repeats the first and is not stored.
  let j1 = select(j, j + 1u, 4u * (j + 1u) < params.x_cols);
  var a0 = vec4f(); var a1 = vec4f(); var a2 = vec4f(); var a3 = vec4f();
  var a4 = vec4f(); var a5 = vec4f(); var a6 = vec4f(); var a7 = vec4f();
  var b0 = vec4f(); var b1 = vec4f(); var b2 = vec4f(); var b3 = vec4f();
  var b4 = vec4f(); var b5 = vec4f(); var b6 = vec4f(); var b7 = vec4f();
  for (var quad = 0u; 4u * quad < params.weights_cols; quad++) {
    let l = 4u * quad;
    let xa = mat4x4f(x_at(l, j), x_at(l + 1u, j), x_at(l + 2u, j), x_at(l + 3u, j));
    let xb = mat4x4f(x_at(l, j1), x_at(l + 1u, j1), x_at(l + 2u, j1), x_at(l + 3u, j1));
    let w0 = weights_at(i, quad); a0 += xa * w0; b0 += xb * w0;
    let w1 = weights_at(i + 1u, quad); a1 += xa * w1; b1 += xb * w1;
    let w2 = weights_at(i + 2u, quad); a2 += xa * w2; b2 += xb * w2;
    let w3 = weights_at(i + 3u, quad); a3 += xa * w3; b3 += xb * w3;
    let w4 = weights_at(i + 4u, quad); a4 += xa * w4; b4 += xb * w4;
    let w5 = weights_at(i + 5u, quad); a5 += xa * w5; b5 += xb * w5;
    let w6 = weights_at(i + 6u, quad); a6 += xa * w6; b6 += xb * w6;
    let w7 = weights_at(i + 7u, quad); a7 += xa * w7; b7 += xb * w7;
  }
  store(i, j, a0); store(i + 1u, j, a1); store(i + 2u, j, a2); store(i + 3u, j, a3);
  store(i + 4u, j, a4); store(i + 5u, j, a5); store(i + 6u, j, a6); store(i + 7u, j, a7);
  if (j1 != j) {
    store(i, j1, b0); store(i + 1u, j1, b1); store(i + 2u, j1, b2); store(i + 3u, j1, b3);
    store(i + 4u, j1, b4); store(i + 5u, j1, b5); store(i + 6u, j1, b6); store(i + 7u, j1, b7);
  }
}
#endif
