// The sum of a row of numbers, times a factor, into one slot of a list: record[slot] = scale · Σ_b x[b], or that added to
// the slot. One workgroup: invocations stride along the numbers and fold what they have (see shared/fold.wgsl).
// Expects x [1, n], record [1, …].
fn combine(a: f32, b: f32) -> f32 {
  return a + b;
}

#if ${subgroups}
fn combine_subgroup(own: f32) -> f32 {
  return subgroupAdd(own);
}
#endif

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) thread: u32) {
  var total = 0.0;
  for (var b = thread; b < params.x_cols; b += 256u) { total += x[b]; }
  let whole = fold(total, thread);
  if (thread == 0u) {
    var sum = params.scale * whole;
    if (params.accumulate != 0u) { sum += record[params.slot]; }
    record[params.slot] = sum;
  }
}
