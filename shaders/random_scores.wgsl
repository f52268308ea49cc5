// Independent uniform scores in [0, 1); the float whose bits are `pruned` where the mask is zero. One invocation makes the
// four columns of one Philox block. Expects scores: f32, mask?: bits; seed_low, seed_high, layer, pruned.
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let blocks = (params.scores_cols + 3u) / 4u;
  let index = grid_index(group, groups, thread);
  if (index >= params.scores_rows * blocks) { return; }
  let row = index / blocks;
  let block = index % blocks;
  let bits = element_block(vec2u(params.seed_low, params.seed_high), 1u, params.layer, params.row_offset + row, block);
  for (var lane = 0u; lane < 4u; lane++) {
    let column = 4u * block + lane;
    if (column >= params.scores_cols) { break; }
    var score = uniform_from_bits(bits[lane]);
#if ${mask}
    if (((mask[row * params.mask_words + column / 32u] >> (column % 32u)) & 1u) == 0u) {
      score = bitcast<f32>(params.pruned);
    }
#endif
    scores[row * params.scores_cols + column] = score;
  }
}
