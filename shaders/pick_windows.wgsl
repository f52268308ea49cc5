// What is under one tap of each window of images, zero where it is outside. Expects x, out as f32 arrays, taps of u32, whose
// columns are gone through again and again.
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.out_rows * params.out_cols) { return; }
  let channel = index / params.out_cols;
  let column = index % params.out_cols;
  let tap = taps[channel * params.taps_cols + column % params.taps_cols];
  var value = 0.0;
  if (tap < params.kernel_height * params.kernel_width) {
    let place = spot_of(column, params.out_height, params.out_width);
    let pixel = pixel_under(place, tap / params.kernel_width, tap % params.kernel_width);
    if (pixel >= 0) { value = x[channel * params.x_cols + u32(pixel)]; }
  }
  out[index] = value;
}
