// Divides a vector of non-negative numbers by its largest and leaves the largest in `scale`; a zero vector stays as it is
// under scale 1. One workgroup. Expects x [m, 1], scale [1, 1].
var<workgroup> largest: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) thread: u32) {
  var most = 0.0f;
  for (var i = thread; i < params.x_rows; i += 256u) { most = max(most, x[i]); }
  largest[thread] = most;
  workgroupBarrier();
  for (var half = 128u; half > 0u; half /= 2u) {
    if (thread < half) { largest[thread] = max(largest[thread], largest[thread + half]); }
    workgroupBarrier();
  }
  most = largest[0];
  if (most == 0.0f) { most = 1.0f; }
  for (var i = thread; i < params.x_rows; i += 256u) { x[i] /= most; }
  if (thread == 0u) { scale[0] = most; }
}
