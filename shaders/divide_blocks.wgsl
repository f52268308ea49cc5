// A matrix over a size of each column of each block of `size` rows of another: its sum, or the root of the mean of its squares;
// zero where that is zero. An invocation makes a column of a block. Expects x, g, out as f32 of one shape.
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let cols = params.x_cols;
  if (id.x >= cols) { return; }
  for (var block = id.y; block < params.x_rows / params.size; block += groups.y) {
    let start = block * params.size * cols + id.x;
    // Mesa's software driver compiles a launch anew for every uniform that alone bounds a loop.
    let end = min(start + params.size * cols, arrayLength(&x));
    var total = 0.0;
#if ${kind.sum}
    for (var at = start; at < end; at += cols) { total += x[at]; }
#else
    for (var at = start; at < end; at += cols) { total += x[at] * x[at]; }
    total = sqrt(total / f32(params.size));
#endif
    for (var at = start; at < end; at += cols) { out[at] = select(g[at] / total, 0.0, total == 0.0); }
  }
}
