// Chosen entries of a matrix side by side: panel[e, a] = h[edges[e], samples[a]], and zero for up to seven columns after the
// last sample, so that eight can be taken at a time. Expects h [m, n], edges and samples as u32 lists, panel [rows, 8 · k], of
// which edge_count rows are written.
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let width = (params.sample_count + 7u) / 8u * 8u;
  let index = grid_index(group, groups, thread);
  if (index >= params.edge_count * width) { return; }
  let e = index / width;
  let a = index % width;
  var value = 0.0;
  if (a < params.sample_count) {
    value = h[edges[params.edge_start + e] * params.h_cols + samples[params.sample_start + a]];
  }
  panel[e * params.panel_cols + a] = value;
}
