// The order-preserving integer image of float32: a < b exactly when order_key(a) < order_key(b). −0 counts as +0.
fn order_key(x: f32) -> u32 {
  var bits = bitcast<u32>(x);
  if (bits == 0x80000000u) { bits = 0u; }
  return select(bits | 0x80000000u, ~bits, (bits >> 31u) == 1u);
}

fn is_not_a_number(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}
