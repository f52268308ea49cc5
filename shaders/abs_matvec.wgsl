// y = (|W| ⊙ M) r. With `split`, one workgroup a row: its invocations stride along the row and fold their sums (see
// shared/fold.wgsl), so that neighbours read neighbouring weights. Without, one invocation a row and no barriers, which suits
// adapters that are programs. Expects weights [m, n], mask? [m, n], r [n, 1], y [m, 1]; vec4 where n is a multiple of 4.

// The terms of four columns of a row, added.
fn block_sum(row: u32, block: u32) -> f32 {
#if ${vec4}
  var weight = abs(weights[row * (params.weights_cols / 4u) + block]);
#if ${mask}
  let bits = mask[row * params.mask_words + block / 8u] >> (4u * (block % 8u));
  weight = select(vec4f(), weight, (vec4u(bits) & vec4u(1u, 2u, 4u, 8u)) != vec4u());
#endif
  return dot(weight, r[block]);
#else
  var sum = 0.0f;
  for (var column = 4u * block; column < min(4u * block + 4u, params.weights_cols); column++) {
    var weight = abs(weights[row * params.weights_cols + column]);
#if ${mask}
    weight = select(0.0f, weight, ((mask[row * params.mask_words + column / 32u] >> (column % 32u)) & 1u) == 1u);
#endif
    sum += weight * r[column];
  }
  return sum;
#endif
}

fn combine(a: f32, b: f32) -> f32 {
  return a + b;
}

#if ${subgroups}
fn combine_subgroup(own: f32) -> f32 {
  return subgroupAdd(own);
}
#endif

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let blocks = (params.weights_cols + 3u) / 4u;
#if ${split}
  let row = group.y * groups.x + group.x;
  if (row >= params.weights_rows) { return; }
  var sum = 0.0f;
  for (var block = thread; block < blocks; block += 64u) { sum += block_sum(row, block); }
  sum = fold(sum, thread);
  if (thread == 0u) { y[params.row_offset + row] = sum; }
#else
  let row = (group.y * groups.x + group.x) * 64u + thread;
  if (row >= params.weights_rows) { return; }
  // Four sums, each of a quarter of the terms: less rounding than in one.
  var sums = vec4f();
  for (var block = 0u; block < blocks; block++) { sums[block % 4u] += block_sum(row, block); }
  y[params.row_offset + row] = (sums.x + sums.y) + (sums.z + sums.w);
#endif
}
