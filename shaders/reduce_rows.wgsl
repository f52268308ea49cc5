// The sum or the largest element of each row, one workgroup a row: invocations stride along it and fold what they
// have (see shared/fold.wgsl). Expects x [m, n], y [m, 1].

fn combine(a: f32, b: f32) -> f32 {
#if ${kind.sum}
  return a + b;
#else
  return max(a, b);
#endif
}

#if ${subgroups}
fn combine_subgroup(own: f32) -> f32 {
#if ${kind.sum}
  return subgroupAdd(own);
#else
  return subgroupMax(own);
#endif
}
#endif

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
  let result = fold(total, thread);
  if (thread == 0u) { y[params.row_offset + row] = result; }
}
