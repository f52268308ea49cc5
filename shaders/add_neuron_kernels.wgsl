// kernel[x, y] += scale · (Σ δ(x) δ(y)) · (Σ_e h_e(x) h_e(y)) for the samples x and y on which neurons are active: their parts of a
// tangent kernel (docs/mathematics.md §4). Each group of neurons, which share their edges, adds to a kernel of its own among
// `kernels`: groups.z counts them. Without right-hand matrices both sides are one and the upper half alone is added.
// Expects h [inputs, N]; delta [neurons, classes · N]; edges and samples as lists whose rows begin with their length, all of h
// where they are left out; the same for the right side as h2, delta2, samples2; and kernels [N, N2] under one another, or
// [classes · N, classes · N2] when `full` is on.

// The group of neurons of this workgroup.
var<private> own: u32;

fn edge_count_of(group: u32) -> u32 {
#if ${edges}
  return edges[(params.list_row + group) * params.edges_cols];
#else
  return params.h_rows;
#endif
}

fn left_count_of(group: u32) -> u32 {
#if ${samples}
  return samples[(params.list_row + group) * params.samples_cols];
#else
  return params.h_cols;
#endif
}

fn edge_at(e: u32) -> u32 {
#if ${edges}
  return edges[(params.list_row + own) * params.edges_cols + 1u + e];
#else
  return e;
#endif
}

fn left_sample(a: u32) -> u32 {
#if ${samples}
  return samples[(params.list_row + own) * params.samples_cols + 1u + a];
#else
  return a;
#endif
}

#if ${h2}
fn right_count_of(group: u32) -> u32 {
#if ${samples2}
  return samples2[(params.list_row + group) * params.samples2_cols];
#else
  return params.h2_cols;
#endif
}

fn right_sample(b: u32) -> u32 {
#if ${samples2}
  return samples2[(params.list_row + own) * params.samples2_cols + 1u + b];
#else
  return b;
#endif
}

fn right_size() -> u32 { return params.h2_cols; }

fn right_input(edge: u32, y: u32) -> f32 { return h2[edge * params.h2_cols + y]; }

fn right_delta(i: u32, c: u32, y: u32) -> f32 { return delta2[i * params.delta2_cols + c * right_size() + y]; }
#else
fn right_count_of(group: u32) -> u32 { return left_count_of(group); }

fn right_sample(b: u32) -> u32 { return left_sample(b); }

fn right_size() -> u32 { return params.h_cols; }

fn right_input(edge: u32, y: u32) -> f32 { return h[edge * params.h_cols + y]; }

fn right_delta(i: u32, c: u32, y: u32) -> f32 { return delta[i * params.delta_cols + c * right_size() + y]; }
#endif

fn left_input(edge: u32, x: u32) -> f32 { return h[edge * params.h_cols + x]; }

fn left_delta(i: u32, c: u32, x: u32) -> f32 { return delta[i * params.delta_cols + c * params.h_cols + x]; }

// Where this group's kernel begins.
fn own_kernel() -> u32 {
#if ${full}
  return own * params.classes * params.h_cols * params.kernels_cols;
#else
  return own * params.h_cols * params.kernels_cols;
#endif
}

fn first_neuron() -> u32 { return params.neuron + own * params.each; }

#if ${tiled}
// The samples of the quads that an invocation loads: they are the same for all edges.
var<private> left_places: vec4u;
var<private> right_places: vec4u;

fn place_left(quad: u32) {
  let last = left_count_of(own) - 1u;
  let a = min(vec4u(4u * quad) + vec4u(0u, 1u, 2u, 3u), vec4u(last));
  left_places = vec4u(left_sample(a.x), left_sample(a.y), left_sample(a.z), left_sample(a.w));
}

fn place_right(quad: u32) {
  let last = right_count_of(own) - 1u;
  let b = min(vec4u(4u * quad) + vec4u(0u, 1u, 2u, 3u), vec4u(last));
  right_places = vec4u(right_sample(b.x), right_sample(b.y), right_sample(b.z), right_sample(b.w));
}

fn left_quad(e: u32, quad: u32) -> vec4f {
  let edge = edge_at(e);
  let x = left_places;
  return vec4f(left_input(edge, x.x), left_input(edge, x.y), left_input(edge, x.z), left_input(edge, x.w));
}

fn right_quad(e: u32, quad: u32) -> vec4f {
  let edge = edge_at(e);
  let y = right_places;
  return vec4f(right_input(edge, y.x), right_input(edge, y.y), right_input(edge, y.z), right_input(edge, y.w));
}

// Σ_i δ_i^c(x) δ_i^c2(y) over the neurons of this group.
fn factor(c: u32, x: u32, c2: u32, y: u32) -> f32 {
  var sum = 0.0;
  for (var i = first_neuron(); i < first_neuron() + params.each; i++) {
    sum += left_delta(i, c, x) * right_delta(i, c2, y);
  }
  return sum;
}

fn add_entry(a: u32, b: u32, gram: f32) {
  if (b >= right_count_of(own)) { return; }
#if ${!h2}
  if (a > b) { return; }
#endif
  let x = left_sample(a);
  let y = right_sample(b);
#if ${full}
  for (var c = 0u; c < params.classes; c++) {
    for (var c2 = 0u; c2 < params.classes; c2++) {
      let index = own_kernel() + (c * params.h_cols + x) * params.kernels_cols + c2 * right_size() + y;
      kernels[index] += params.scale * factor(c, x, c2, y) * gram;
    }
  }
#else
  var sum = 0.0;
  for (var c = 0u; c < params.classes; c++) { sum += factor(c, x, c, y); }
  kernels[own_kernel() + x * params.kernels_cols + y] += params.scale * sum * gram;
#endif
}

fn store_quad(a: u32, quad: u32, sum: vec4f) {
  for (var c = 0u; c < 4u; c++) { add_entry(a, 4u * quad + c, sum[c]); }
}

// Whether a tile has nothing to add: no sample, no edge, or it lies below the diagonal.
fn skips(group: u32, first_row: u32, first_column: u32, past_column: u32) -> bool {
  if (first_row >= left_count_of(group) || first_column >= right_count_of(group)) { return true; }
  if (edge_count_of(group) == 0u) { return true; }
#if ${h2}
  return false;
#else
  return first_row >= past_column;
#endif
}
#else
// A lane's eight samples on each side, the products of their inputs over the edges, and of what flows back to them.
var<private> x: array<u32, 8>;
var<private> y: array<u32, 8>;
var<private> grams: array<vec4f, 16>;
var<private> factors: array<vec4f, 16>;

// Σ_i δ_i^c(x) δ_i^c2(y) over the neurons of this group, added to `factors`.
fn add_factors(c: u32, c2: u32) {
  for (var i = first_neuron(); i < first_neuron() + params.each; i++) {
    let near = vec4f(right_delta(i, c2, y[0]), right_delta(i, c2, y[1]), right_delta(i, c2, y[2]), right_delta(i, c2, y[3]));
    let far = vec4f(right_delta(i, c2, y[4]), right_delta(i, c2, y[5]), right_delta(i, c2, y[6]), right_delta(i, c2, y[7]));
    for (var r = 0u; r < 8u; r++) {
      let left = left_delta(i, c, x[r]);
      factors[r] += left * near;
      factors[8u + r] += left * far;
    }
  }
}

fn add_tile(a: u32, b: u32, first_row: u32, first_column: u32) {
  for (var r = 0u; r < min(8u, left_count_of(own) - a); r++) {
    let row = own_kernel() + (first_row + x[r]) * params.kernels_cols + first_column;
    let near = params.scale * factors[r] * grams[r];
    let far = params.scale * factors[8u + r] * grams[8u + r];
    for (var q = 0u; q < min(8u, right_count_of(own) - b); q++) {
#if ${!h2}
      if (a + r > b + q) { continue; }
#endif
      kernels[row + y[q]] += select(near[q & 3u], far[q & 3u], q >= 4u);
    }
  }
}

// Eight samples by eight stay in registers. Spelt out, because loops over private arrays are not unrolled everywhere.
@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  own = group.z;
  let a = 8u * group.y;
  let b = 8u * (group.x * 8u + lane.x);
  let count = left_count_of(own);
  let count2 = right_count_of(own);
  if (a >= count || b >= count2 || edge_count_of(own) == 0u) { return; }
#if ${!h2}
  if (a > b + 7u) { return; }
#endif
  for (var q = 0u; q < 8u; q++) {
    x[q] = left_sample(min(a + q, count - 1u));
    y[q] = right_sample(min(b + q, count2 - 1u));
  }
  let x0 = x[0]; let x1 = x[1]; let x2 = x[2]; let x3 = x[3]; let x4 = x[4]; let x5 = x[5]; let x6 = x[6]; let x7 = x[7];
  let y0 = y[0]; let y1 = y[1]; let y2 = y[2]; let y3 = y[3]; let y4 = y[4]; let y5 = y[5]; let y6 = y[6]; let y7 = y[7];
  var s0 = vec4f(); var s1 = vec4f(); var s2 = vec4f(); var s3 = vec4f();
  var s4 = vec4f(); var s5 = vec4f(); var s6 = vec4f(); var s7 = vec4f();
  var t0 = vec4f(); var t1 = vec4f(); var t2 = vec4f(); var t3 = vec4f();
  var t4 = vec4f(); var t5 = vec4f(); var t6 = vec4f(); var t7 = vec4f();
  for (var e = 0u; e < edge_count_of(own); e++) {
    let edge = edge_at(e);
    let near = vec4f(right_input(edge, y0), right_input(edge, y1), right_input(edge, y2), right_input(edge, y3));
    let far = vec4f(right_input(edge, y4), right_input(edge, y5), right_input(edge, y6), right_input(edge, y7));
    let l0 = left_input(edge, x0); s0 += near * l0; t0 += far * l0;
    let l1 = left_input(edge, x1); s1 += near * l1; t1 += far * l1;
    let l2 = left_input(edge, x2); s2 += near * l2; t2 += far * l2;
    let l3 = left_input(edge, x3); s3 += near * l3; t3 += far * l3;
    let l4 = left_input(edge, x4); s4 += near * l4; t4 += far * l4;
    let l5 = left_input(edge, x5); s5 += near * l5; t5 += far * l5;
    let l6 = left_input(edge, x6); s6 += near * l6; t6 += far * l6;
    let l7 = left_input(edge, x7); s7 += near * l7; t7 += far * l7;
  }
  grams = array<vec4f, 16>(s0, s1, s2, s3, s4, s5, s6, s7, t0, t1, t2, t3, t4, t5, t6, t7);
#if ${full}
  for (var c = 0u; c < params.classes; c++) {
    for (var c2 = 0u; c2 < params.classes; c2++) {
      factors = array<vec4f, 16>();
      add_factors(c, c2);
      add_tile(a, b, c * params.h_cols, c2 * right_size());
    }
  }
#else
  factors = array<vec4f, 16>();
  for (var c = 0u; c < params.classes; c++) { add_factors(c, c); }
  add_tile(a, b, 0u, 0u);
#endif
}
#endif
