// y = (|W| ⊙ M)ᵀ c / divisor, one invocation a column. Row panels after the first add to y.
// Expects weights [m, n], mask? [m, n], c [m, 1], divisor [1, 1], y [n, 1].
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x;
  if (column >= params.weights_cols) { return; }
  var sum = 0.0f;
  for (var row = 0u; row < params.weights_rows; row++) {
    var weight = abs(weights[row * params.weights_cols + column]);
#if ${mask}
    weight = select(0.0f, weight, ((mask[row * params.mask_words + column / 32u] >> (column % 32u)) & 1u) == 1u);
#endif
    sum += weight * c[params.row_offset + row];
  }
  sum /= divisor[0];
  if (params.first_panel == 0u) { sum += y[column]; }
  y[column] = sum;
}
