// Philox 4×32-10 (Salmon et al., SC 2011): the same integers as packages/runtime/philox.ts.

// The high 32 bits of a product; WGSL has no 64-bit integers.
fn multiply_high(a: u32, b: u32) -> u32 {
  let a_low = a & 0xffffu;
  let a_high = a >> 16u;
  let b_low = b & 0xffffu;
  let b_high = b >> 16u;
  let middle = a_high * b_low + ((a_low * b_low) >> 16u);
  let carry = a_low * b_high + (middle & 0xffffu);
  return a_high * b_high + (middle >> 16u) + (carry >> 16u);
}

fn philox(counter: vec4u, seed: vec2u) -> vec4u {
  var c = counter;
  var key = seed;
  for (var round = 0u; round < 10u; round++) {
    c = vec4u(
      multiply_high(0xcd9e8d57u, c.z) ^ c.y ^ key.x,
      0xcd9e8d57u * c.z,
      multiply_high(0xd2511f53u, c.x) ^ c.w ^ key.y,
      0xd2511f53u * c.x,
    );
    key += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}

// Columns 4·block … 4·block + 3 of a row of random matrix `layer` for a purpose (STREAM in philox.ts).
fn element_block(seed: vec2u, stream: u32, layer: u32, row: u32, block: u32) -> vec4u {
  return philox(vec4u(block, row, layer, stream), seed);
}

// Uniform in [0, 1): the upper 24 bits, exact.
fn uniform_from_bits(bits: u32) -> f32 {
  return f32(bits >> 8u) * 0x1p-24f;
}
