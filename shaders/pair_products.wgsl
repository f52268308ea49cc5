// out[a, p] = mean over the features v of group a of x[v, i] x[v, j], (i, j) being pair p of samples (see shared/pairs.wgsl).
// Expects x [features, samples], out [groups, pairs].

// Features whose products are summed before they are added to the rest.
const BLOCK = 32u;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.out_rows * params.out_cols) { return; }
  let pair = pair_of(index % params.out_cols, params.x_cols);
  let size = params.x_rows / params.out_rows;
  let first = index / params.out_cols * size;
  // Block by block: rounding is that of some ten terms in place of hundreds, which angles between samples move with the root of.
  var sum = 0.0;
  for (var v = first; v < first + size;) {
    var part = 0.0;
    for (let end = min(v + BLOCK, first + size); v < end; v++) {
      part += x[v * params.x_cols + pair.x] * x[v * params.x_cols + pair.y];
    }
    sum += part;
  }
  out[index] = sum / f32(size);
}
