// A step of stochastic gradient descent on a layer's weights, in place: w -= learning_rate · v with v the gradient, or, where
// there is a velocity, v = momentum · v + gradient. Weights and velocities that the mask removes become zero. One invocation
// makes four columns. Expects weights, gradient, velocity as f32 of one shape, mask as bits.
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
    var change = gradient[place];
#if ${velocity}
    change += params.momentum * velocity[place];
#endif
    var weight = weights[place] - params.learning_rate * change;
#if ${mask}
    if (((kept >> lane) & 1u) == 0u) {
      weight = 0.0;
      change = 0.0;
    }
#endif
    weights[place] = weight;
#if ${velocity}
    velocity[place] = change;
#endif
  }
}
