// out[(h, c), (b, s)] = scale · Σ_t weights[(h, t), (b, s)] x[(h, c), (b, t)], or with `transposed` scale · Σ_t weights[(h, s), (b, t)]
// x[(h, c), (b, t)], added to what is there when `accumulate` is 1. The side of fewer samples is gone through again and again.
// Expects weights, x, out as f32 arrays.
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
  let own = column % params.tokens;
  let first = row / (params.out_rows / params.heads) * params.tokens;
  let line = row * params.x_cols + (column - own) % params.x_cols;
  // Mesa's software driver compiles a launch anew for every uniform that alone bounds a loop.
  let end = min(params.tokens, arrayLength(&x));
  var sum = 0.0;
#if ${transposed}
  let start = (first + own) * params.weights_cols + (column - own) % params.weights_cols;
  for (var t = 0u; t < end; t++) { sum += weights[start + t] * x[line + t]; }
#else
  let start = first * params.weights_cols + column % params.weights_cols;
  for (var t = 0u; t < end; t++) { sum += weights[start + t * params.weights_cols] * x[line + t]; }
#endif
  var value = params.scale * sum;
  if (params.accumulate == 1u) { value += out[index]; }
  out[index] = value;
}
