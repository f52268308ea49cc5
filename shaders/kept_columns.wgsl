// Lists the columns that are kept in rows of a mask: a row of the list has their number and, after it, the columns in rising
// order. A workgroup takes a row, an invocation a word of every 256. Expects mask bits [m, n] and list u32 [rows, n + 1].
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = group.y * groups.x + group.x;
  if (row >= params.list_rows) { return; }
  let start = row * params.list_cols;
  var placed = 0u;
  for (var line = 0u; line < params.mask_words; line += 256u) {
    let word = line + thread;
    var left = 0u;
    if (word < params.mask_words) { left = mask[(params.first + row) * params.mask_words + word]; }
    let place = scan(countOneBits(left), thread);
    var at = start + 1u + placed + place.x;
    while (left != 0u) {
      list[at] = word * 32u + firstTrailingBit(left);
      left &= left - 1u;
      at++;
    }
    placed += place.y;
  }
  if (thread == 0u) { list[start] = placed; }
}
