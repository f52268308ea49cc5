// tie_bound(passes, thread): what ties are kept up to, as far as so many passes have counted them, as in
// packages/ops/find_bin.ts: (hash, stretch). The invocations of a workgroup of 256 call it together. Expects find_bin.wgsl and state.

// Where a pass's digit of the hash begins: 21, 10, 0.
fn digit_shift(pass_index: u32) -> u32 {
  return 21u - min(11u * pass_index, 21u);
}

fn tie_bound(passes: u32, thread: u32) -> vec2u {
  var rank = vec2u(state[1], state[3]);
  var bound = vec2u(0u, 0xffffffffu);
  for (var pass_index = 0u; pass_index < passes; pass_index++) {
    let found = find_bin(1u + pass_index, rank, thread);
    rank = found.yz;
    if (pass_index < 3u) {
      bound.x |= found.x << digit_shift(pass_index);
    } else {
      bound.y = found.x;
    }
  }
  return bound;
}
