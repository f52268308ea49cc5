// distances[i, j] = the largest |counts[first_row + i, r] − counts[j, r]| over columns r that stand for neither row.
// One invocation a pair. Expects counts u32 [m, R], place u32 [m, 1], distances u32 [p, m].
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.distances_rows * params.distances_cols) { return; }
  let i = params.first_row + index / params.distances_cols;
  let j = index % params.distances_cols;
  let skip_i = place[i];
  let skip_j = place[j];
  var largest = 0u;
  for (var r = 0u; r < params.counts_cols; r++) {
    let a = counts[i * params.counts_cols + r];
    let b = counts[j * params.counts_cols + r];
    let difference = max(a, b) - min(a, b);
    largest = max(largest, select(difference, 0u, r == skip_i || r == skip_j));
  }
  distances[index] = largest;
}
