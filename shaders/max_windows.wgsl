// Which tap of each window of images is over the largest pixel, the first of equals; 0xffffffff where a window is outside
// altogether. Expects x, an f32 array, and taps, of u32.
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.taps_rows * params.taps_cols) { return; }
  let channel = index / params.taps_cols;
  let place = spot_of(index % params.taps_cols, params.out_height, params.out_width);
  // Mesa's software driver compiles a launch anew for every uniform that alone bounds a loop.
  let most = arrayLength(&x);
  var largest = 0.0;
  var tap = 0xffffffffu;
  for (var a = 0u; a < min(params.kernel_height, most); a++) {
    for (var b = 0u; b < min(params.kernel_width, most); b++) {
      let pixel = pixel_under(place, a, b);
      if (pixel < 0) { continue; }
      let value = x[channel * params.x_cols + u32(pixel)];
      if (tap != 0xffffffffu && !(value > largest)) { continue; }
      largest = value;
      tap = a * params.kernel_width + b;
    }
  }
  taps[index] = tap;
}
