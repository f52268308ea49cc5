// Where windows lie in images (see packages/ops/windows.ts): a column of what is seen in them is a sample and a place, a
// column of images a sample and a pixel.

struct Spot { sample: u32, row: u32, column: u32 }

// The sample and place of a column, of images of such extents.
fn spot_of(column: u32, height: u32, width: u32) -> Spot {
  let place = column % (height * width);
  return Spot(column / (height * width), place / width, place % width);
}

// The pixel under tap (a, b) of the window at a place, as a column; −1 outside the image.
fn pixel_under(place: Spot, a: u32, b: u32) -> i32 {
  let row = i32(place.row * params.stride_down + a) - i32(params.padding_top);
  let column = i32(place.column * params.stride_across + b) - i32(params.padding_left);
  if (row < 0 || row >= i32(params.height) || column < 0 || column >= i32(params.width)) { return -1; }
  return i32((place.sample * params.height + u32(row)) * params.width + u32(column));
}

// The place whose window has tap (a, b) over a pixel, as a column; −1 where there is none.
fn place_over(pixel: Spot, a: u32, b: u32) -> i32 {
  let down = i32(pixel.row + params.padding_top) - i32(a);
  let across = i32(pixel.column + params.padding_left) - i32(b);
  if (down < 0 || across < 0) { return -1; }
  let row = u32(down) / params.stride_down;
  let column = u32(across) / params.stride_across;
  let between = u32(down) % params.stride_down + u32(across) % params.stride_across;
  if (between > 0u || row >= params.out_height || column >= params.out_width) { return -1; }
  return i32((pixel.sample * params.out_height + row) * params.out_width + column);
}
