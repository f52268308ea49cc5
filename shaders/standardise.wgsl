// Columns less their mean over their deviation, x̂ = (x − μ) / σ, or what the derivative J of that makes of the arguments given:
//   value       out = x̂
//   derivative  out = J g, J v = (v − mean v − x̂ mean(x̂ v)) / σ
//   second      out = J dg + J̇ g, J̇ along dx
// An invocation makes a column. Expects x, g, dx, dg, out as f32 of one shape.
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let cols = params.x_cols;
  if (id.x >= cols) { return; }
  // Mesa's software driver compiles a launch anew for every uniform that alone bounds a loop.
  let end = min(params.x_rows * cols, arrayLength(&x));
  let share = 1.0 / f32(params.x_rows);
  var centre = 0.0;
  for (var at = id.x; at < end; at += cols) { centre += x[at]; }
  centre *= share;
  var variance = 0.0;
  for (var at = id.x; at < end; at += cols) { variance += (x[at] - centre) * (x[at] - centre); }
  let inverse = inverseSqrt(variance * share + params.epsilon);
#if ${mode.value}
  for (var at = id.x; at < end; at += cols) { out[at] = (x[at] - centre) * inverse; }
#else
  // Means of g and of x̂ g.
  var along_g = vec2f();
#if ${mode.second}
  var along_dx = vec2f();
  var along_dg = vec2f();
#endif
  for (var at = id.x; at < end; at += cols) {
    let normal = vec2f(1.0, (x[at] - centre) * inverse);
    along_g += normal * g[at];
#if ${mode.second}
    along_dx += normal * dx[at];
    along_dg += normal * dg[at];
#endif
  }
  along_g *= share;
#if ${mode.derivative}
  for (var at = id.x; at < end; at += cols) {
    out[at] = inverse * (g[at] - along_g.x - along_g.y * (x[at] - centre) * inverse);
  }
#else
  along_dx *= share;
  along_dg *= share;
  var turn = 0.0;
  for (var at = id.x; at < end; at += cols) {
    let normal = (x[at] - centre) * inverse;
    turn += inverse * (dx[at] - along_dx.x - along_dx.y * normal) * g[at];
  }
  turn *= share;
  for (var at = id.x; at < end; at += cols) {
    let normal = (x[at] - centre) * inverse;
    let moved = inverse * (dx[at] - along_dx.x - along_dx.y * normal);
    let straight = inverse * (dg[at] - along_dg.x - along_dg.y * normal);
    let own = inverse * (g[at] - along_g.x - along_g.y * normal);
    out[at] = straight - inverse * (along_dx.y * own + turn * normal + along_g.y * moved);
  }
#endif
#endif
}
