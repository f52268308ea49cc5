// kernel[i, j] += scale · Σ_u a[u, p] b[u, p], (i, j) being pair p of samples (see shared/pairs.wgsl); where b has one row, it
// goes with every row of a. Expects a [positions, pairs], b [positions, pairs] or [1, pairs], kernel [samples, samples].
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let p = grid_index(group, groups, thread);
  if (p >= params.a_cols) { return; }
  var sum = 0.0;
  for (var u = 0u; u < params.a_rows; u++) {
    let row = select(u, 0u, params.b_rows == 1u);
    sum += a[u * params.a_cols + p] * b[row * params.a_cols + p];
  }
  let pair = pair_of(p, params.kernel_cols);
  kernel[pair.x * params.kernel_cols + pair.y] += params.scale * sum;
}
