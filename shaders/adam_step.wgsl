// A step of Adam on a layer's weights, in place:
//   mean += mean_rate · (g - mean)        square += square_rate · (g² - square)
//   w -= step_size · mean / (√square / root_correction + epsilon)
// Weights and state that the mask removes become zero. One invocation makes four columns.
// Expects weights, gradient, mean, square as f32 of one shape, mask as bits.
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let blocks = (params.weights_cols + 3u) / 4u;
  let index = grid_index(group, groups, thread);
  if (index >= params.weights_rows * blocks) { return; }
  let row = index / blocks;
  let block = index % blocks;
#if ${mask}
  let kept = mask[row * params.mask_words + block / 8u] >> (4u * (block % 8u));
#endif
  for (var lane = 0u; lane < 4u; lane++) {
    let column = 4u * block + lane;
    if (column >= params.weights_cols) { break; }
    let place = row * params.weights_cols + column;
    let g = gradient[place];
    var m = mean[place];
    m += params.mean_rate * (g - m);
    var s = square[place];
    s += params.square_rate * (g * g - s);
    var weight = weights[place] - params.step_size * m / (sqrt(s) / params.root_correction + params.epsilon);
#if ${mask}
    if (((kept >> lane) & 1u) == 0u) {
      weight = 0.0;
      m = 0.0;
      s = 0.0;
    }
#endif
    weights[place] = weight;
    mean[place] = m;
    square[place] = s;
  }
}
