// The gradients of chosen weights at each sample, summed over the positions at which they are used: panel[e, x] = Σ_p
// delta[outputs[e], (x, p)] h[inputs[e], (x, p)], h's samples gone through again and again. Expects h, delta, panel as f32 arrays, outputs and inputs of u32.
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.count * params.sample_count) { return; }
  let entry = index / params.sample_count;
  let sample = index % params.sample_count;
  let first = (params.sample_start + sample) * params.positions;
  let start = outputs[params.start + entry] * params.delta_cols + first;
  let start2 = inputs[params.start + entry] * params.h_cols + first % params.h_cols;
  var sum = 0.0;
  // Mesa's software driver compiles a launch anew for every uniform that alone bounds a loop.
  let end = min(params.positions, arrayLength(&h));
  for (var p = 0u; p < end; p++) { sum += delta[start + p] * h[start2 + p]; }
  panel[entry * params.panel_cols + sample] = sum;
}
