// What is seen in the windows of images, a row for each channel and tap: out[(c, a, b), (s, i, j)] = x[c, (s, i', j')], the
// pixel under tap (a, b) of window (i, j), zero outside. Expects x, out as f32 arrays.
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.out_rows * params.out_cols) { return; }
  let row = index / params.out_cols;
  let place = spot_of(index % params.out_cols, params.out_height, params.out_width);
  let taps = params.kernel_height * params.kernel_width;
  let tap = row % taps;
  let pixel = pixel_under(place, tap / params.kernel_width, tap % params.kernel_width);
  var value = 0.0;
  if (pixel >= 0) { value = x[row / taps * params.x_cols + u32(pixel)]; }
  out[index] = value;
}
