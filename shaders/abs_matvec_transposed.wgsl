// y = (|W| ⊙ M)ᵀ c / divisor. An invocation adds up VECTORS times four columns over every STRIPS-th row; a workgroup of
// LANES × STRIPS invocations adds its strips in workgroup memory. Row panels after the first add to y.
// Expects weights [m, n], mask? [m, n], c [m, 1], divisor [1, 1], y [n, 1]; vec4 where n is a multiple of 4.
var<workgroup> partial: array<array<vec4f, ${LANES}>, ${STRIPS}>;

// |W| ⊙ M at columns 4·block … 4·block + 3 of a row.
fn block_weights(row: u32, block: u32) -> vec4f {
#if ${vec4}
  var weight = abs(weights[row * (params.weights_cols / 4u) + block]);
#else
  var weight = vec4f();
  let start = row * params.weights_cols + 4u * block;
  let count = min(4u, params.weights_cols - 4u * block);
  for (var lane = 0u; lane < count; lane++) { weight[lane] = abs(weights[start + lane]); }
#endif
#if ${mask}
  let bits = mask[row * params.mask_words + block / 8u] >> (4u * (block % 8u));
  weight = select(vec4f(), weight, (vec4u(bits) & vec4u(1u, 2u, 4u, 8u)) != vec4u());
#endif
  return weight;
}

@compute @workgroup_size(${LANES}, ${STRIPS})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) thread: vec3u) {
  let first = (group.x * ${LANES}u + thread.x) * ${VECTORS}u;
  let blocks = (params.weights_cols + 3u) / 4u;
  var sums: array<vec4f, ${VECTORS}>;
  for (var row = thread.y; row < params.weights_rows; row += ${STRIPS}u) {
    let factor = c[params.row_offset + row];
    for (var i = 0u; i < ${VECTORS}u; i++) {
      // Past the last column an invocation repeats the last block: cheaper than a branch, and not stored.
      sums[i] += block_weights(row, min(first + i, blocks - 1u)) * factor;
    }
  }
  for (var i = 0u; i < ${VECTORS}u; i++) {
    partial[thread.y][thread.x] = sums[i];
    workgroupBarrier();
    if (thread.y == 0u) {
      var sum = sums[i];
      for (var strip = 1u; strip < ${STRIPS}u; strip++) { sum += partial[strip][thread.x]; }
      sum /= divisor[0];
      for (var lane = 0u; lane < 4u; lane++) {
        let column = 4u * (first + i) + lane;
        if (column < params.weights_cols) {
          y[column] = select(sum[lane] + y[column], sum[lane], params.first_panel == 1u);
        }
      }
    }
    workgroupBarrier();
  }
}
