/** Edges that a part takes. */
export const PART_EDGES: usize = 64;

/** `panel[e, a] = h[edges[e], samples[a]]` for some edges, zero from `count` to the next multiple of eight. */
export function gather_panel(
  part: usize,
  h: usize,
  pitch: usize,
  edges: usize,
  edgeCount: usize,
  samples: usize,
  count: usize,
  panel: usize,
  panelPitch: usize,
): void {
  const first = part * PART_EDGES, end = min(first + PART_EDGES, edgeCount);
  const padded = (count + 7) & ~7;
  for (let e = first; e < end; e++) {
    const from = h + <usize> load<u32>(edges + e * 4) * pitch * 4, to = panel + e * panelPitch * 4;
    for (let a: usize = 0; a < count; a++) {
      store<f32>(to + a * 4, load<f32>(from + <usize> load<u32>(samples + a * 4) * 4));
    }
    for (let a = count; a < padded; a++) store<f32>(to + a * 4, 0);
  }
}
