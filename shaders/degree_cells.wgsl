// The interval that each node falls into when nodes are sorted by descending degree, ties by index, and cut into as many intervals:
// ⌊rank · intervals / n⌋, the rank being how many come before. An invocation takes a node and looks at all others, which its
// workgroup loads together. Expects degree u32 and cells u32 of one shape.
var<workgroup> others: array<u32, 256>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let nodes = params.degree_rows * params.degree_cols;
  let index = grid_index(group, groups, thread);
  let own = degree[min(index, nodes - 1u)];
  var rank = 0u;
  for (var first = 0u; first < nodes; first += 256u) {
    // Past the last node stand degrees that come before none.
    others[thread] = select(0u, degree[min(first + thread, nodes - 1u)], first + thread < nodes);
    workgroupBarrier();
    for (var k = 0u; k < 256u; k++) {
      let other = others[k];
      rank += u32(other > own || (other == own && first + k < index));
    }
    workgroupBarrier();
  }
  if (index < nodes) { cells[index] = rank * params.intervals / nodes; }
}
