// Pairs of samples as columns: the pairs (x, y) of a tile, y fastest, y from first_column to the last sample; or, of the
// diagonal, x = y.
fn pair_of(column: u32, samples: u32) -> vec2u {
#if ${diagonal}
  return vec2u(column, column);
#else
  let width = samples - params.first_column;
  return vec2u(params.first_row + column / width, params.first_column + column % width);
#endif
}
