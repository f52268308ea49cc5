// Divides a vector of non-negative numbers by its largest and leaves the largest in `scale`; a zero vector stays as it is
// under scale 1. One workgroup. Expects x [m, 1], scale [1, 1].

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
  var most = 0.0f;
  for (var i = thread; i < params.x_rows; i += 256u) { most = max(most, x[i]); }
  most = fold(most, thread);
  if (most == 0.0f) { most = 1.0f; }
  for (var i = thread; i < params.x_rows; i += 256u) { x[i] /= most; }
  if (thread == 0u) { scale[0] = most; }
}
