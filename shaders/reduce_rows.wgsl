// The sum or the largest element of each row, one workgroup a row: invocations stride along it and combine in workgroup
// memory. Expects x [m, n], y [m, 1].
var<workgroup> partial: array<f32, 64>;

fn combine(a: f32, b: f32) -> f32 {
#if ${kind.sum}
  return a + b;
#else
  return max(a, b);
#endif
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = group.y * groups.x + group.x;
  if (row >= params.x_rows) { return; }
  var total = params.initial;
  for (var column = thread; column < params.x_cols; column += 64u) {
    total = combine(total, x[row * params.x_cols + column]);
  }
  partial[thread] = total;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (thread < half) { partial[thread] = combine(partial[thread], partial[thread + half]); }
    workgroupBarrier();
  }
  if (thread == 0u) { y[params.row_offset + row] = partial[0]; }
}
