// Divides non-negative numbers by their largest and leaves the largest in `scale`; zeros alone stay as they are under scale 1.
// One workgroup. Expects x [m, n], scale [1, 1].

fn combine(a: f32, b: f32) -> f32 {
  return max(a, b);
}

#if ${subgroups}
fn combine_subgroup(own: f32) -> f32 {
  return subgroupMax(own);
}
#endif

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) thread: u32) {
  let count = params.x_rows * params.x_cols;
  var most = 0.0f;
  for (var i = thread; i < count; i += 256u) { most = max(most, x[i]); }
  most = fold(most, thread);
  if (most == 0.0f) { most = 1.0f; }
  for (var i = thread; i < count; i += 256u) { x[i] /= most; }
  if (thread == 0u) { scale[0] = most; }
}
