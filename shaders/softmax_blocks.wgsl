// Softmax p down the columns of each block of `size` rows, or what its derivatives make of the arguments given; ⟨·,·⟩ is a sum
// over a column of a block:
//   value       out = p of the logits x
//   derivative  x being p, out = p (g − ⟨p, g⟩)
//   second      x being p, dx how p moves, out = dx (g − ⟨p, g⟩) + p (dg − ⟨p, dg⟩ − ⟨dx, g⟩)
// An invocation makes a column of a block. Expects x, g, dx, dg, out as f32 of one shape.
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let cols = params.x_cols;
  if (id.x >= cols) { return; }
  for (var block = id.y; block < params.x_rows / params.size; block += groups.y) {
    let start = block * params.size * cols + id.x;
    // Mesa's software driver compiles a launch anew for every uniform that alone bounds a loop.
    let end = min(start + params.size * cols, arrayLength(&x));
#if ${mode.value}
    var largest = x[start];
    for (var at = start; at < end; at += cols) { largest = max(largest, x[at]); }
    var total = 0.0;
    for (var at = start; at < end; at += cols) { total += exp(x[at] - largest); }
    for (var at = start; at < end; at += cols) { out[at] = exp(x[at] - largest) / total; }
#elif ${mode.derivative}
    var mean = 0.0;
    for (var at = start; at < end; at += cols) { mean += x[at] * g[at]; }
    for (var at = start; at < end; at += cols) { out[at] = x[at] * (g[at] - mean); }
#else
    var mean = 0.0;
    var change = 0.0;
    for (var at = start; at < end; at += cols) {
      mean += x[at] * g[at];
      change += x[at] * dg[at] + dx[at] * g[at];
    }
    for (var at = start; at < end; at += cols) {
      out[at] = dx[at] * (g[at] - mean) + x[at] * (dg[at] - change);
    }
#endif
  }
}
