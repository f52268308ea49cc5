// A product of two matrices by 64×64 tiles in workgroup memory, 4×4 sums to an invocation: for hardware adapters, whose
// global loads are dear. The including shader defines left_at(i, l), right_at(l, j) and store(i, j, sum); LEFT_ALONG_INNER
// and RIGHT_ALONG_INNER say whether consecutive `l` are neighbours in memory, so that loads coalesce.

#if ${tiled}
var<workgroup> left_tile: array<f32, 1040>;
var<workgroup> right_tile: array<f32, 1040>;
var<private> sums: array<vec4f, 4>;

// Adds left[i, ·] · right[·, j] of this workgroup's tile to `sums`; `thread` counts the 256 invocations.
fn add_tile_product(tile: vec2u, thread: u32, rows: u32, inner: u32, cols: u32) {
  for (var first = 0u; first < inner; first += 16u) {
    for (var part = 0u; part < 4u; part++) {
      let element = part * 256u + thread;
#if ${LEFT_ALONG_INNER}
      let left_outer = element / 16u;
      let left_inner = element % 16u;
#else
      let left_outer = element % 64u;
      let left_inner = element / 64u;
#endif
#if ${RIGHT_ALONG_INNER}
      let right_outer = element / 16u;
      let right_inner = element % 16u;
#else
      let right_outer = element % 64u;
      let right_inner = element / 64u;
#endif
      let i = tile.y * 64u + left_outer;
      let j = tile.x * 64u + right_outer;
      var left = 0.0;
      var right = 0.0;
      if (i < rows && first + left_inner < inner) { left = left_at(i, first + left_inner); }
      if (j < cols && first + right_inner < inner) { right = right_at(first + right_inner, j); }
      // Rows of 65 keep the neighbours of a column out of one memory bank.
      left_tile[left_inner * 65u + left_outer] = left;
      right_tile[right_inner * 65u + right_outer] = right;
    }
    workgroupBarrier();
    for (var l = 0u; l < 16u; l++) {
      let right_base = l * 65u + thread % 16u;
      let right = vec4f(
        right_tile[right_base],
        right_tile[right_base + 16u],
        right_tile[right_base + 32u],
        right_tile[right_base + 48u],
      );
      let left_base = l * 65u + thread / 16u * 4u;
      sums[0] += left_tile[left_base] * right;
      sums[1] += left_tile[left_base + 1u] * right;
      sums[2] += left_tile[left_base + 2u] * right;
      sums[3] += left_tile[left_base + 3u] * right;
    }
    workgroupBarrier();
  }
}

fn store_tile(tile: vec2u, thread: u32, rows: u32, cols: u32) {
  for (var r = 0u; r < 4u; r++) {
    let i = tile.y * 64u + thread / 16u * 4u + r;
    for (var c = 0u; c < 4u; c++) {
      let j = tile.x * 64u + c * 16u + thread % 16u;
      if (i < rows && j < cols) { store(i, j, sums[r][c]); }
    }
  }
}
#endif
