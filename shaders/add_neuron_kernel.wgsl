// kernel[x, y] += scale · (Σ δ(x) δ(y)) · (Σ_e h_e(x) h_e(y)) for the samples x and y on which a neuron is active: its
// part of a tangent kernel (docs/mathematics.md §4). Without right-hand matrices both sides are one and the upper half alone is added.
// Expects panel [edges, places] (of vec4), the neuron's inputs at the samples in their order, zero at the
// places up to the next multiple of eight; delta [neurons, classes · N]; samples; the same for the right side as panel2, delta2,
// samples2; and kernel [N, N2], or [classes · N, classes · N2] when `full` is on.

fn left_sample(a: u32) -> u32 { return samples[params.sample_start + a]; }

fn left_size() -> u32 { return params.delta_cols / params.classes; }

#if ${panel2}
fn right_sample(b: u32) -> u32 { return samples2[params.sample2_start + b]; }

fn right_size() -> u32 { return params.delta2_cols / params.classes; }

fn right_delta(i: u32, c: u32, y: u32) -> f32 { return delta2[i * params.delta2_cols + c * right_size() + y]; }
#else
fn right_sample(b: u32) -> u32 { return left_sample(b); }

fn right_size() -> u32 { return left_size(); }

fn right_delta(i: u32, c: u32, y: u32) -> f32 { return delta[i * params.delta_cols + c * left_size() + y]; }
#endif

// Four places of an edge; edges past the last count as zero.
fn left_quad(e: u32, quad: u32) -> vec4f {
  let row = min(e, params.edge_count - 1u);
  return select(vec4f(), panel[row * (params.panel_cols / 4u) + quad], e < params.edge_count);
}

fn right_quad(e: u32, quad: u32) -> vec4f {
  let row = min(e, params.edge_count - 1u);
#if ${panel2}
  return panel2[row * (params.panel2_cols / 4u) + quad];
#else
  return panel[row * (params.panel_cols / 4u) + quad];
#endif
}

#if ${tiled}
// Σ_i δ_i^c(x) δ_i^c2(y) over the neurons of this launch.
fn factor(c: u32, x: u32, c2: u32, y: u32) -> f32 {
  var sum = 0.0;
  for (var i = params.neuron; i < params.neuron + params.neuron_count; i++) {
    sum += delta[i * params.delta_cols + c * left_size() + x] * right_delta(i, c2, y);
  }
  return sum;
}

fn add_entry(a: u32, b: u32, gram: f32) {
  if (a >= params.sample_count || b >= params.sample2_count) { return; }
#if ${!panel2}
  if (a > b) { return; }
#endif
  let x = left_sample(a);
  let y = right_sample(b);
#if ${full}
  for (var c = 0u; c < params.classes; c++) {
    for (var c2 = 0u; c2 < params.classes; c2++) {
      let index = (c * left_size() + x) * params.kernel_cols + c2 * right_size() + y;
      kernel[index] += params.scale * factor(c, x, c2, y) * gram;
    }
  }
#else
  var sum = 0.0;
  for (var c = 0u; c < params.classes; c++) { sum += factor(c, x, c, y); }
  kernel[x * params.kernel_cols + y] += params.scale * sum * gram;
#endif
}

fn store_quad(a: u32, quad: u32, sum: vec4f) {
  for (var c = 0u; c < 4u; c++) { add_entry(a, 4u * quad + c, sum[c]); }
}

// Whether a tile lies below the diagonal, where nothing is added.
fn skips(first_row: u32, past_column: u32) -> bool {
#if ${panel2}
  return false;
#else
  return first_row >= past_column;
#endif
}
#else
// A lane's eight samples on each side, the products of their places over the edges, and of what flows back to them.
var<private> x: array<u32, 8>;
var<private> y: array<u32, 8>;
var<private> grams: array<vec4f, 16>;
var<private> factors: array<vec4f, 16>;

// Σ_i δ_i^c(x) δ_i^c2(y) over the neurons of this launch, added to `factors`.
fn add_factors(c: u32, c2: u32) {
  for (var i = params.neuron; i < params.neuron + params.neuron_count; i++) {
    let near = vec4f(right_delta(i, c2, y[0]), right_delta(i, c2, y[1]), right_delta(i, c2, y[2]), right_delta(i, c2, y[3]));
    let far = vec4f(right_delta(i, c2, y[4]), right_delta(i, c2, y[5]), right_delta(i, c2, y[6]), right_delta(i, c2, y[7]));
    let start = i * params.delta_cols + c * left_size();
    for (var r = 0u; r < 8u; r++) {
      let left = delta[start + x[r]];
      factors[r] += left * near;
      factors[8u + r] += left * far;
    }
  }
}

fn add_tile(a: u32, b: u32, first_row: u32, first_column: u32) {
  for (var r = 0u; r < min(8u, params.sample_count - a); r++) {
    let row = (first_row + x[r]) * params.kernel_cols + first_column;
    let near = params.scale * factors[r] * grams[r];
    let far = params.scale * factors[8u + r] * grams[8u + r];
    for (var q = 0u; q < min(8u, params.sample2_count - b); q++) {
#if ${!panel2}
      if (a + r > b + q) { continue; }
#endif
      kernel[row + y[q]] += select(near[q & 3u], far[q & 3u], q >= 4u);
    }
  }
}

// Eight places by eight stay in registers, four edges at a time. Spelt out, because loops over private arrays are not unrolled
// everywhere.
@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let a = 8u * group.y;
  let b = 8u * (group.x * 8u + lane.x);
  if (b >= params.sample2_count || params.edge_count == 0u) { return; }
#if ${!panel2}
  if (a > b + 7u) { return; }
#endif
  var s0 = vec4f(); var s1 = vec4f(); var s2 = vec4f(); var s3 = vec4f();
  var s4 = vec4f(); var s5 = vec4f(); var s6 = vec4f(); var s7 = vec4f();
  var t0 = vec4f(); var t1 = vec4f(); var t2 = vec4f(); var t3 = vec4f();
  var t4 = vec4f(); var t5 = vec4f(); var t6 = vec4f(); var t7 = vec4f();
  let i = a / 4u;
  let j = b / 4u;
  for (var e = 0u; e < params.edge_count; e += 4u) {
    let near = mat4x4f(right_quad(e, j), right_quad(e + 1u, j), right_quad(e + 2u, j), right_quad(e + 3u, j));
    let far = mat4x4f(right_quad(e, j + 1u), right_quad(e + 1u, j + 1u), right_quad(e + 2u, j + 1u), right_quad(e + 3u, j + 1u));
    let first = transpose(mat4x4f(left_quad(e, i), left_quad(e + 1u, i), left_quad(e + 2u, i), left_quad(e + 3u, i)));
    let l0 = first[0]; s0 += near * l0; t0 += far * l0;
    let l1 = first[1]; s1 += near * l1; t1 += far * l1;
    let l2 = first[2]; s2 += near * l2; t2 += far * l2;
    let l3 = first[3]; s3 += near * l3; t3 += far * l3;
    let k = i + 1u;
    let second = transpose(mat4x4f(left_quad(e, k), left_quad(e + 1u, k), left_quad(e + 2u, k), left_quad(e + 3u, k)));
    let l4 = second[0]; s4 += near * l4; t4 += far * l4;
    let l5 = second[1]; s5 += near * l5; t5 += far * l5;
    let l6 = second[2]; s6 += near * l6; t6 += far * l6;
    let l7 = second[3]; s7 += near * l7; t7 += far * l7;
  }
  grams = array<vec4f, 16>(s0, s1, s2, s3, s4, s5, s6, s7, t0, t1, t2, t3, t4, t5, t6, t7);
  for (var q = 0u; q < 8u; q++) {
    x[q] = left_sample(min(a + q, params.sample_count - 1u));
    y[q] = right_sample(min(b + q, params.sample2_count - 1u));
  }
#if ${full}
  for (var c = 0u; c < params.classes; c++) {
    for (var c2 = 0u; c2 < params.classes; c2++) {
      factors = array<vec4f, 16>();
      add_factors(c, c2);
      add_tile(a, b, c * left_size(), c2 * right_size());
    }
  }
#else
  factors = array<vec4f, 16>();
  for (var c = 0u; c < params.classes; c++) { add_factors(c, c); }
  add_tile(a, b, 0u, 0u);
#endif
}
#endif
