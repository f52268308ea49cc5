// The transpose of pick_windows: each pixel gets the sum over the windows that picked it. Expects x, out as f32 arrays, taps
// of u32, whose columns are gone through again and again.
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.out_rows * params.out_cols) { return; }
  let channel = index / params.out_cols;
  let pixel = spot_of(index % params.out_cols, params.height, params.width);
  // Mesa's software driver compiles a launch anew for every uniform that alone bounds a loop.
  let most = arrayLength(&out);
  var sum = 0.0;
  for (var a = 0u; a < min(params.kernel_height, most); a++) {
    for (var b = 0u; b < min(params.kernel_width, most); b++) {
      let place = place_over(pixel, a, b);
      if (place < 0) { continue; }
      let tap = taps[channel * params.taps_cols + u32(place) % params.taps_cols];
      if (tap == a * params.kernel_width + b) { sum += x[channel * params.x_cols + u32(place)]; }
    }
  }
  out[index] = sum;
}
