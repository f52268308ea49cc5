// Adds to counts how many elements of x [m, n] have each magnitude: bin (bits of |x|) >> shift.
// Expects x, counts atomic u32 [1, 2^(31 − shift)]; params shift.
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.x_rows * params.x_cols) { return; }
  atomicAdd(&counts[(bitcast<u32>(x[index]) & 0x7fffffffu) >> params.shift], 1u);
}
