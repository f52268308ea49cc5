// out = weights ⊙ mask, element by element. Expects weights, out as f32, mask as bits, all of one shape.
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.out_rows * params.out_cols) { return; }
  let i = index / params.out_cols;
  let j = index % params.out_cols;
  let kept = (mask[i * params.mask_words + j / 32u] >> (j & 31u)) & 1u;
  out[index] = select(0.0, weights[index], kept == 1u);
}
