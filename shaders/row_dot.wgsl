// Sums of products along rows, one workgroup a row: invocations stride along it and fold what they have (see shared/fold.wgsl).
// Expects a, x and maybe a2, x2 [m, n], y [m, 1].

fn combine(a: f32, b: f32) -> f32 {
  return a + b;
}

#if ${subgroups}
fn combine_subgroup(own: f32) -> f32 {
  return subgroupAdd(own);
}
#endif

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = group.y * groups.x + group.x;
  if (row >= params.a_rows) { return; }
  let end = (row + 1u) * params.a_cols;
  var total = 0.0;
  for (var at = row * params.a_cols + thread; at < end; at += 64u) {
    total += a[at] * x[at];
#if ${a2}
    total += a2[at] * x2[at];
#endif
  }
  let result = fold(total, thread);
  if (thread == 0u) { y[params.row_offset + row] = result; }
}
