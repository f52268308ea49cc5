// A random mask from a step graphon: entry (i, j) is one with the probability of the cell its position falls into. One
// invocation makes one word. Expects probabilities f32 [A, B], mask bits [m, n]; seed_low, seed_high, layer, total_rows.
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.mask_rows * params.mask_words) { return; }
  let row = params.row_offset + index / params.mask_words;
  let first = (index % params.mask_words) * 32u;
  let count = min(32u, params.mask_cols - first);
  let cell_row = (row * params.probabilities_rows / params.total_rows) * params.probabilities_cols;
  let seed = vec2u(params.seed_low, params.seed_high);
  var word = 0u;
  var bits = vec4u();
  for (var bit = 0u; bit < count; bit++) {
    let column = first + bit;
    if (bit % 4u == 0u) { bits = element_block(seed, 2u, params.layer, row, column / 4u); }
    let probability = probabilities[cell_row + column * params.probabilities_cols / params.mask_cols];
    word |= select(0u, 1u, uniform_from_bits(bits[bit % 4u]) < probability) << bit;
  }
  mask[index] = word;
}
