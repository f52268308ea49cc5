// Random weights: element (row, column) is a function of seed, layer, row and column alone. One invocation makes the four
// columns of one Philox block. Expects weights: f32, and maybe fan_in: u32, the inputs that each row keeps; seed_low,
// seed_high, layer, scale.
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let blocks = (params.weights_cols + 3u) / 4u;
  let index = grid_index(group, groups, thread);
  if (index >= params.weights_rows * blocks) { return; }
  let row = index / blocks;
  let block = index % blocks;
  let bits = element_block(vec2u(params.seed_low, params.seed_high), 0u, params.layer, params.row_offset + row, block);
#if ${distribution.normal}
  let values = vec4f(normals_from_bits(bits.x, bits.y), normals_from_bits(bits.z, bits.w));
#else
  let values = vec4f(
    2.0f * uniform_from_bits(bits.x) - 1.0f,
    2.0f * uniform_from_bits(bits.y) - 1.0f,
    2.0f * uniform_from_bits(bits.z) - 1.0f,
    2.0f * uniform_from_bits(bits.w) - 1.0f,
  );
#endif
#if ${fanIn}
  let kept = fan_in[params.row_offset + row];
  let scale = select(params.scale / sqrt(f32(max(kept, 1u))), 0.0f, kept == 0u);
#else
  let scale = params.scale;
#endif
  for (var lane = 0u; lane < 4u; lane++) {
    let column = 4u * block + lane;
    if (column < params.weights_cols) { weights[row * params.weights_cols + column] = scale * values[lane]; }
  }
}
