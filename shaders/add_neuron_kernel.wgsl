// kernel[x, y] += scale · (Σ δ(x) δ(y)) · (Σ_e h_e(x) h_e(y)) for the samples x and y on which a neuron is active: its
// part of a tangent kernel (design §4). Without right-hand matrices both sides are one and the upper half alone is added.
// Expects h [inputs, N], delta [neurons, classes · N], samples, edges, the same for the right side as h2, delta2, samples2,
// and kernel [N, N2], or [classes · N, classes · N2] when `full` is on.

fn left_h(e: u32, x: u32) -> f32 {
  return h[edges[params.edge_start + e] * params.h_cols + x];
}

fn left_sample(a: u32) -> u32 {
  return samples[params.sample_start + min(a, params.sample_count - 1u)];
}

#if ${h2}
fn right_h(e: u32, y: u32) -> f32 {
  return h2[edges[params.edge_start + e] * params.h2_cols + y];
}

fn right_sample(b: u32) -> u32 {
  return samples2[params.sample2_start + min(b, params.sample2_count - 1u)];
}

fn right_size() -> u32 { return params.h2_cols; }

fn right_delta(i: u32, c: u32, y: u32) -> f32 {
  return delta2[i * params.delta2_cols + c * params.h2_cols + y];
}
#else
fn right_h(e: u32, y: u32) -> f32 { return left_h(e, y); }

fn right_sample(b: u32) -> u32 { return left_sample(b); }

fn right_size() -> u32 { return params.h_cols; }

fn right_delta(i: u32, c: u32, y: u32) -> f32 {
  return delta[i * params.delta_cols + c * params.h_cols + y];
}
#endif

// Σ_i δ_i^c(x) δ_i^c2(y) over the neurons of this launch.
fn factor(c: u32, x: u32, c2: u32, y: u32) -> f32 {
  var sum = 0.0;
  for (var i = params.neuron; i < params.neuron + params.neuron_count; i++) {
    sum += delta[i * params.delta_cols + c * params.h_cols + x] * right_delta(i, c2, y);
  }
  return sum;
}

fn add_entry(a: u32, b: u32, gram: f32) {
  if (a >= params.sample_count || b >= params.sample2_count) { return; }
#if ${!h2}
  if (a > b) { return; }
#endif
  let x = left_sample(a);
  let y = right_sample(b);
#if ${full}
  for (var c = 0u; c < params.classes; c++) {
    for (var c2 = 0u; c2 < params.classes; c2++) {
      let index = (c * params.h_cols + x) * params.kernel_cols + c2 * right_size() + y;
      kernel[index] += params.scale * factor(c, x, c2, y) * gram;
    }
  }
#else
  var sum = 0.0;
  for (var c = 0u; c < params.classes; c++) { sum += factor(c, x, c, y); }
  kernel[x * params.kernel_cols + y] += params.scale * sum * gram;
#endif
}

#if ${tiled}
fn left_at(a: u32, e: u32) -> f32 { return left_h(e, left_sample(a)); }

fn right_at(e: u32, b: u32) -> f32 { return right_h(e, right_sample(b)); }

fn store(a: u32, b: u32, sum: f32) { add_entry(a, b, sum); }

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_index) thread: u32) {
#if ${!h2}
  if (tile.y > tile.x) { return; }
#endif
  add_tile_product(tile.xy, thread, params.sample_count, params.edge_count, params.sample2_count);
  store_tile(tile.xy, thread, params.sample_count, params.sample2_count);
}
#else
// Eight samples by eight stay in registers. Spelt out, because loops over private arrays are not unrolled everywhere.
@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let a = 8u * group.y;
  let b = 8u * (group.x * 8u + lane.x);
  if (b >= params.sample2_count) { return; }
#if ${!h2}
  if (a > b + 7u) { return; }
#endif
  let x0 = left_sample(a); let x1 = left_sample(a + 1u); let x2 = left_sample(a + 2u); let x3 = left_sample(a + 3u);
  let x4 = left_sample(a + 4u); let x5 = left_sample(a + 5u); let x6 = left_sample(a + 6u); let x7 = left_sample(a + 7u);
  let y0 = right_sample(b); let y1 = right_sample(b + 1u); let y2 = right_sample(b + 2u);
  let y3 = right_sample(b + 3u); let y4 = right_sample(b + 4u); let y5 = right_sample(b + 5u);
  let y6 = right_sample(b + 6u); let y7 = right_sample(b + 7u);
  var s0 = vec4f(); var s1 = vec4f(); var s2 = vec4f(); var s3 = vec4f();
  var s4 = vec4f(); var s5 = vec4f(); var s6 = vec4f(); var s7 = vec4f();
  var t0 = vec4f(); var t1 = vec4f(); var t2 = vec4f(); var t3 = vec4f();
  var t4 = vec4f(); var t5 = vec4f(); var t6 = vec4f(); var t7 = vec4f();
  for (var e = 0u; e < params.edge_count; e++) {
    let edge = edges[params.edge_start + e];
    let row = edge * params.h_cols;
#if ${h2}
    let row2 = edge * params.h2_cols;
    let near = vec4f(h2[row2 + y0], h2[row2 + y1], h2[row2 + y2], h2[row2 + y3]);
    let far = vec4f(h2[row2 + y4], h2[row2 + y5], h2[row2 + y6], h2[row2 + y7]);
#else
    let near = vec4f(h[row + y0], h[row + y1], h[row + y2], h[row + y3]);
    let far = vec4f(h[row + y4], h[row + y5], h[row + y6], h[row + y7]);
#endif
    let l0 = h[row + x0]; s0 += l0 * near; t0 += l0 * far;
    let l1 = h[row + x1]; s1 += l1 * near; t1 += l1 * far;
    let l2 = h[row + x2]; s2 += l2 * near; t2 += l2 * far;
    let l3 = h[row + x3]; s3 += l3 * near; t3 += l3 * far;
    let l4 = h[row + x4]; s4 += l4 * near; t4 += l4 * far;
    let l5 = h[row + x5]; s5 += l5 * near; t5 += l5 * far;
    let l6 = h[row + x6]; s6 += l6 * near; t6 += l6 * far;
    let l7 = h[row + x7]; s7 += l7 * near; t7 += l7 * far;
  }
  var near = array<vec4f, 8>(s0, s1, s2, s3, s4, s5, s6, s7);
  var far = array<vec4f, 8>(t0, t1, t2, t3, t4, t5, t6, t7);
  for (var r = 0u; r < 8u; r++) {
    for (var q = 0u; q < 4u; q++) {
      add_entry(a + r, b + q, near[r][q]);
      add_entry(a + r, b + 4u + q, far[r][q]);
    }
  }
}
#endif
