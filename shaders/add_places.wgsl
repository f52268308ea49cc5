// Adds to each token what belongs to its place, or its absolute value over a divisor: y[i, (b, t)] += places[t, i].
// Expects places, divisor [1, 1] where there is one, and y as f32 arrays.
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.y_rows * params.y_cols) { return; }
  let token = index % params.y_cols % params.places_rows;
  var value = places[token * params.places_cols + index / params.y_cols];
#if ${absolute}
  value = abs(value);
#endif
#if ${divisor}
  value = value / divisor[0];
#endif
  y[index] += value;
}
