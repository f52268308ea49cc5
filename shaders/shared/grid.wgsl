// The index of an invocation among workgroups of 256 that are spread over x and y (see packages/ops/grid.ts).
fn grid_index(group: vec3u, groups: vec3u, thread: u32) -> u32 {
  return (group.y * groups.x + group.x) * 256u + thread;
}
