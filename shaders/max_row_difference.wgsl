// distances[i, j] = the largest |counts[r, first_item + i] − counts[r, j]| over references r that are neither item. An
// invocation makes eight neighbouring rows, its workgroup's, of four neighbouring columns: three loads for 32 distances.
// Expects counts u32 [R, m] (as vec4 when `vec4` is on), reference u32 [R, 1], distances u32 [p, m].

// Four neighbours in a row of counts; past the last they repeat it.
fn quad_at(r: u32, first: u32) -> vec4i {
  let items = params.counts_cols;
#if ${vec4}
  return vec4i(counts[(r * items + min(first, items - 4u)) / 4u]);
#else
  let at = r * items + min(vec4u(first, first + 1u, first + 2u, first + 3u), vec4u(items - 1u));
  return vec4i(vec4u(counts[at.x], counts[at.y], counts[at.z], counts[at.w]));
#endif
}

fn store(i: u32, j: u32, largest: vec4i) {
  if (i >= params.distances_rows) { return; }
  for (var c = 0u; c < min(4u, params.counts_cols - j); c++) {
    distances[i * params.counts_cols + j + c] = u32(largest[c]);
  }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let i = 8u * group.y;
  let j = 4u * (64u * group.x + thread);
  if (j >= params.counts_cols) { return; }
  let row = params.first_item + i;
  let columns = vec4u(j, j + 1u, j + 2u, j + 3u);
  var l0 = vec4i(); var l1 = vec4i(); var l2 = vec4i(); var l3 = vec4i();
  var l4 = vec4i(); var l5 = vec4i(); var l6 = vec4i(); var l7 = vec4i();
  for (var r = 0u; r < params.counts_rows; r++) {
    let item = reference[r];
    let counted = select(vec4i(1), vec4i(), columns == vec4u(item));
    let other = quad_at(r, j);
    let a = quad_at(r, row);
    let b = quad_at(r, row + 4u);
    l0 = max(l0, select(counted * abs(a.x - other), vec4i(), item == row));
    l1 = max(l1, select(counted * abs(a.y - other), vec4i(), item == row + 1u));
    l2 = max(l2, select(counted * abs(a.z - other), vec4i(), item == row + 2u));
    l3 = max(l3, select(counted * abs(a.w - other), vec4i(), item == row + 3u));
    l4 = max(l4, select(counted * abs(b.x - other), vec4i(), item == row + 4u));
    l5 = max(l5, select(counted * abs(b.y - other), vec4i(), item == row + 5u));
    l6 = max(l6, select(counted * abs(b.z - other), vec4i(), item == row + 6u));
    l7 = max(l7, select(counted * abs(b.w - other), vec4i(), item == row + 7u));
  }
  store(i, j, l0); store(i + 1u, j, l1); store(i + 2u, j, l2); store(i + 3u, j, l3);
  store(i + 4u, j, l4); store(i + 5u, j, l5); store(i + 6u, j, l6); store(i + 7u, j, l7);
}
