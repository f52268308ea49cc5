// The transpose of sum_windows: each pixel gets the sum over the windows that it is in, times a scale. Expects x, out as f32
// arrays.

// The first and past the last of `count` windows of size `kernel`, `stride` apart, that have a pixel in them.
fn windows_over(pixel: u32, kernel: u32, stride: u32, count: u32) -> vec2u {
  let first = select(0u, (pixel - kernel) / stride + 1u, pixel >= kernel);
  return vec2u(first, min(pixel / stride + 1u, count));
}

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
  let down = windows_over(
    pixel.row + params.padding_top, params.kernel_height, params.stride_down, params.out_height,
  );
  let across = windows_over(
    pixel.column + params.padding_left, params.kernel_width, params.stride_across, params.out_width,
  );
  let line = channel * params.x_cols + pixel.sample * params.out_height * params.out_width;
  var sum = 0.0;
  for (var i = down.x; i < down.y; i++) {
    for (var j = across.x; j < across.y; j++) { sum += x[line + i * params.out_width + j]; }
  }
  out[index] = params.scale * sum;
}
