// The sum, the largest, or the number of not finite elements of a matrix. One workgroup: invocations stride along the
// elements and fold what they have (see shared/fold.wgsl). Row panels after the first combine with y.
// Expects x [m, n], y [1, 1].
// A sum adds up short runs first, so that rounding does not grow with the number of elements.
const RUN = 64u;

// The lowest float32, with which a largest element starts.
const LOWEST = -0x1.fffffep+127f;

fn combine(a: f32, b: f32) -> f32 {
#if ${kind.max}
  return max(a, b);
#else
  return a + b;
#endif
}

#if ${subgroups}
fn combine_subgroup(own: f32) -> f32 {
#if ${kind.max}
  return subgroupMax(own);
#else
  return subgroupAdd(own);
#endif
}
#endif

fn initial() -> f32 {
#if ${kind.max}
  return LOWEST;
#else
  return 0.0f;
#endif
}

fn measured(value: f32) -> f32 {
#if ${kind.not_finite}
  // By its bits: shaders may assume that arithmetic meets no infinity and no NaN.
  let bits = bitcast<u32>(value);
  var counts = (bits & 0x7f800000u) == 0x7f800000u;
#if ${allowNegativeInfinity}
  counts = counts && bits != 0xff800000u;
#endif
  return select(0.0f, 1.0f, counts);
#else
  return value;
#endif
}

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) thread: u32) {
  let count = params.x_rows * params.x_cols;
  var total = initial();
  for (var start = thread; start < count; start += 256u * RUN) {
    var run = initial();
    for (var step = 0u; step < RUN; step++) {
      let index = start + 256u * step;
      if (index >= count) { break; }
      run = combine(run, measured(x[index]));
    }
    total = combine(total, run);
  }
  var result = fold(total, thread);
  if (thread == 0u) {
    if (params.first_panel == 0u) { result = combine(result, y[0]); }
    y[0] = result;
  }
}
