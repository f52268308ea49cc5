// The sum of a row of numbers, times a factor, into one slot of a list: record[slot] = scale · Σ_b x[b], or that added to
// the slot. One workgroup: invocations stride along the numbers and combine in workgroup memory, always in the same order.
// Expects x [1, n], record [1, …].
var<workgroup> partial: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) thread: u32) {
  var total = 0.0;
  for (var b = thread; b < params.x_cols; b += 256u) { total += x[b]; }
  partial[thread] = total;
  workgroupBarrier();
  for (var half = 128u; half > 0u; half /= 2u) {
    if (thread < half) { partial[thread] += partial[thread + half]; }
    workgroupBarrier();
  }
  if (thread == 0u) {
    var sum = params.scale * partial[0];
    if (params.accumulate != 0u) { sum += record[params.slot]; }
    record[params.slot] = sum;
  }
}
