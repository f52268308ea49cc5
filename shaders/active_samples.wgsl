// Lists the samples at which anything flows back to a neuron: a row of the list has their number and, after it, the samples in
// rising order. A workgroup takes a neuron. Expects delta [neurons, classes · N] and list u32 [rows, N + 1].
fn is_active(row: u32, x: u32) -> bool {
  let start = (params.first + row) * params.delta_cols;
  let samples = params.delta_cols / params.classes;
  for (var c = 0u; c < params.classes; c++) {
    // By its bits: whether NaN differs from zero is left to the adapter.
    if ((bitcast<u32>(delta[start + c * samples + x]) & 0x7fffffffu) != 0u) { return true; }
  }
  return false;
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = group.y * groups.x + group.x;
  if (row >= params.list_rows) { return; }
  let start = row * params.list_cols;
  let samples = params.delta_cols / params.classes;
  var placed = 0u;
  for (var line = 0u; line < samples; line += 256u) {
    let x = line + thread;
    let flows = x < samples && is_active(row, min(x, samples - 1u));
    let place = scan(u32(flows), thread);
    if (flows) { list[start + 1u + placed + place.x] = x; }
    placed += place.y;
  }
  if (thread == 0u) { list[start] = placed; }
}
