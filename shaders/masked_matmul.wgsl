// out[m, n] = scale · (weights ⊙ mask)[m, k] · x[k, n], added to what `out` holds when `accumulate` is 1.
// `weights` and `mask` are row panels; `out` is whole, written from row_offset on. Expects weights, x, out as f32 arrays (of
// vec4 when `vec4` is on), mask as bits.

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

fn store_quad(i: u32, quad: u32, sum: vec4f) {
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
