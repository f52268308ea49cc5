// Sums over the windows of images, times a scale. Expects x, out as f32 arrays.
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.out_rows * params.out_cols) { return; }
  let channel = index / params.out_cols;
  let place = spot_of(index % params.out_cols, params.out_height, params.out_width);
  // Mesa's software driver compiles a launch anew for every uniform that alone bounds a loop.
  let most = arrayLength(&x);
  var sum = 0.0;
  for (var a = 0u; a < min(params.kernel_height, most); a++) {
    for (var b = 0u; b < min(params.kernel_width, most); b++) {
      let pixel = pixel_under(place, a, b);
      if (pixel >= 0) { sum += x[channel * params.x_cols + u32(pixel)]; }
    }
  }
  out[index] = params.scale * sum;
}
