// Adds to counts[a, b] the ones of the mask whose row is in cell a and whose column is in cell b. A workgroup takes one
// row: only its set bits are visited, counted in workgroup memory, then added to the row's cells.
// Expects mask bits [m, n], row_cell u32 [m, 1], column_cell u32 [1, n], counts atomic u32 [A, B]; CELLS = B.
var<workgroup> ones: array<atomic<u32>, ${CELLS}>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = group.y * groups.x + group.x;
  if (row >= params.mask_rows) { return; }
  for (var word = thread; word < params.mask_words; word += 64u) {
    var left = mask[row * params.mask_words + word];
    while (left != 0u) {
      atomicAdd(&ones[column_cell[word * 32u + firstTrailingBit(left)]], 1u);
      left &= left - 1u;
    }
  }
  workgroupBarrier();
  for (var cell = thread; cell < params.counts_cols; cell += 64u) {
    let count = atomicLoad(&ones[cell]);
    if (count > 0u) { atomicAdd(&counts[row_cell[params.row_offset + row] * params.counts_cols + cell], count); }
  }
}
