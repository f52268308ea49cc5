// kernel[i, j] += scale · Σ_u a[u, p] b[u, p], (i, j) being pair p of samples (see shared/pairs.wgsl); where b has one row, it
// goes with every row of a. Expects a [positions, pairs], b [positions, pairs] or [1, pairs], kernel [samples, samples].
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let p = id.x;
  if (p >= params.a_cols) { return; }
  var sum = 0.0;
  for (var u = 0u; u < params.a_rows; u++) {
    let row = select(u, 0u, params.b_rows == 1u);
    sum += a[u * params.a_cols + p] * b[row * params.a_cols + p];
  }
  let pair = pair_of(p, params.kernel_cols);
  kernel[pair.x * params.kernel_cols + pair.y] += params.scale * sum;
}
