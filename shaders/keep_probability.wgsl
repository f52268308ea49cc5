// out = P(ω · scale > threshold), E[|ω| 1{…}] or E[ω² 1{…}], of a weight ω of mean 0 and variance 1 whose score is ω · scale (`signed`)
// or |ω · scale|: an integral over the weight's law, element by element.
// Expects scale [m, n], out [m, n]; params threshold; `law` normal or uniform.

// What a weight that is always kept has.
#if ${moment.first}
#if ${law.uniform}
const WHOLE = 0.8660254038;
#else
const WHOLE = 0.7978845608;
#endif
#else
const WHOLE = 1.0;
#endif

// P(|ω| > q), E[|ω| 1{|ω| > q}] or E[ω² 1{|ω| > q}], q ≥ 0.
fn beyond(q: f32) -> f32 {
#if ${law.uniform}
  let share = min(q * 0.5773502692, 1.0);
#if ${moment.second}
  return 1.0 - share * share * share;
#elif ${moment.first}
  return WHOLE * (1.0 - share * share);
#else
  return 1.0 - share;
#endif
#else
  let bounded = min(q, 12.0);
#if ${moment.first}
  return WHOLE * exp(-0.5 * bounded * bounded);
#else
  let tail = max(1.0 - erf(bounded * 0.7071067812), 0.0);
#if ${moment.second}
  return tail + bounded * 0.7978845608 * exp(-0.5 * bounded * bounded);
#else
  return tail;
#endif
#endif
#endif
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.scale_rows * params.scale_cols) { return; }
  let size = abs(scale[index]);
  let level = params.threshold;
  if (size == 0.0) {
    // The score is 0 whatever the weight: kept where 0 is above the threshold.
    out[index] = select(0.0, WHOLE, level < 0.0);
    return;
  }
  let inside = beyond(min(abs(level), 1e30 * size) / size);
#if ${signed}
  out[index] = select(0.5 * inside, WHOLE - 0.5 * inside, level < 0.0);
#else
  out[index] = select(inside, WHOLE, level < 0.0);
#endif
}
