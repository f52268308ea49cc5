// Ones in each column of a mask. A workgroup takes one word column: its 256 invocations stride down the rows, each counting
// its 32 columns, and add up in workgroup memory. Row panels after the first add to degree.
// Expects mask bits [m, n], degree u32 [1, n].
var<workgroup> ones: array<atomic<u32>, 32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  var own: array<u32, 32>;
  for (var row = thread; row < params.mask_rows; row += 256u) {
    let word = mask[row * params.mask_words + group.x];
    for (var bit = 0u; bit < 32u; bit++) { own[bit] += (word >> bit) & 1u; }
  }
  for (var bit = 0u; bit < 32u; bit++) { atomicAdd(&ones[bit], own[bit]); }
  workgroupBarrier();
  let column = group.x * 32u + thread;
  if (thread < 32u && column < params.mask_cols) {
    var total = atomicLoad(&ones[thread]);
    if (params.first_panel == 0u) { total += degree[column]; }
    degree[column] = total;
  }
}
