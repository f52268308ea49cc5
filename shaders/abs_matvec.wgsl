// y = (|W| ⊙ M) r, one workgroup a row: its invocations stride along the row and add up in workgroup memory.
// Expects weights [m, n], mask? [m, n], r [n, 1], y [m, 1].
var<workgroup> partial: array<f32, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = group.y * groups.x + group.x;
  if (row >= params.weights_rows) { return; }
  var sum = 0.0f;
  for (var column = thread; column < params.weights_cols; column += 64u) {
    var weight = abs(weights[row * params.weights_cols + column]);
#if ${mask}
    weight = select(0.0f, weight, ((mask[row * params.mask_words + column / 32u] >> (column % 32u)) & 1u) == 1u);
#endif
    sum += weight * r[column];
  }
  partial[thread] = sum;
  workgroupBarrier();
  if (thread < 8u) {
    sum = 0.0f;
    for (var i = thread; i < 64u; i += 8u) { sum += partial[i]; }
    partial[thread] = sum;
  }
  workgroupBarrier();
  if (thread == 0u) {
    sum = 0.0f;
    for (var i = 0u; i < 8u; i++) { sum += partial[i]; }
    y[params.row_offset + row] = sum;
  }
}
