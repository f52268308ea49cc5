// out[(h, t), (b, s)] = scale · Σ_c left[(h, c), (b, s)] right[(h, c), (b, t)], added to what is there when `accumulate` is 1. The
// side of fewer samples is gone through again and again. Expects left, right, out as f32 arrays.
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.out_rows * params.out_cols) { return; }
  let row = index / params.out_cols;
  let column = index % params.out_cols;
  let channels = params.left_rows / params.heads;
  let first = row / params.tokens * channels;
  let query = column % params.left_cols;
  let key = (column - column % params.tokens + row % params.tokens) % params.right_cols;
  // Mesa's software driver compiles a launch anew for every uniform that alone bounds a loop.
  let end = min(first + channels, arrayLength(&left));
  var sum = 0.0;
  for (var c = first; c < end; c++) {
    sum += left[c * params.left_cols + query] * right[c * params.right_cols + key];
  }
  var value = params.scale * sum;
  if (params.accumulate == 1u) { value += out[index]; }
  out[index] = value;
}
