// out[i, j] = the least of left[i, t] · right[j, t] over t: a matrix product in which sums are minima.
// Expects left [m, T], right [n, T], whole; out [m, n], a row panel, whose rows meet left from row_offset on.
@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.y;
  let j = 4u * id.x;
  if (i >= params.out_rows || j >= params.out_cols) { return; }
  let last = params.out_cols - 1u;
  let columns = params.right_cols * vec4u(j, min(j + 1u, last), min(j + 2u, last), min(j + 3u, last));
  let row = (params.row_offset + i) * params.left_cols;
  var least = vec4f(3.4028234663852886e38);
  for (var t = 0u; t < params.left_cols; t++) {
    let at = columns + t;
    least = min(least, left[row + t] * vec4f(right[at.x], right[at.y], right[at.z], right[at.w]));
  }
  for (var c = 0u; c < min(4u, params.out_cols - j); c++) { out[i * params.out_cols + j + c] = least[c]; }
}
