// out[k, n] = scale · (weights ⊙ mask)ᵀ[k, m] · x[m, n], added to what `out` holds when `accumulate` is 1. Panels of
// `weights` meet their rows of `x` from row_offset on; panels after the first add to what the earlier ones left.
// Expects weights, x, out as f32 arrays (of vec4 when `vec4` is on), mask as bits.

fn adds() -> bool {
  return params.accumulate == 1u || params.first_panel == 0u;
}

// Entries 4·beyond … 4·beyond + 3 of row l of the masked weights, zero past the last row. Quads past the last repeat it:
// their sums are not stored.
fn weights_at(l: u32, beyond: u32) -> vec4f {
  let row = min(l, params.weights_rows - 1u);
  let quad = min(beyond, (params.weights_cols - 1u) / 4u);
#if ${vec4}
  let quads = weights[row * (params.weights_cols / 4u) + quad];
#else
  let start = row * params.weights_cols + 4u * quad;
  let values = vec4f(weights[start], weights[start + 1u], weights[start + 2u], weights[start + 3u]);
  let quads = select(vec4f(), values, vec4u(0u, 1u, 2u, 3u) < vec4u(params.weights_cols - 4u * quad));
#endif
#if ${mask}
  let word = select(0u, mask[row * params.mask_words + quad / 8u], l < params.weights_rows);
  let bits = vec4u(word >> (4u * (quad & 7u)));
  return select(vec4f(), quads, (bits & vec4u(1u, 2u, 4u, 8u)) != vec4u());
#else
  return select(vec4f(), quads, l < params.weights_rows);
#endif
}

// Four neighbours in the row of x that meets row l of this panel, zero past the end. Rows past the last repeat it: their
// weights are zero.
fn x_at(l: u32, quad: u32) -> vec4f {
  let row = params.row_offset + min(l, params.weights_rows - 1u);
#if ${vec4}
  return x[row * (params.x_cols / 4u) + quad];
#else
  let start = row * params.x_cols + 4u * quad;
  let values = vec4f(x[start], x[start + 1u], x[start + 2u], x[start + 3u]);
  return select(vec4f(), values, vec4u(0u, 1u, 2u, 3u) < vec4u(params.x_cols - 4u * quad));
#endif
}

fn store_quad(i: u32, quad: u32, sum: vec4f) {
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
