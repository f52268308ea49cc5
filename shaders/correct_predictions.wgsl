// Whether a sample's largest output, the first of equal ones, is the one of its label: 1 or 0. A sample (column) to an
// invocation. Expects outputs as f32 [classes, samples], labels as u32 and correct as f32 [1, samples].
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let sample = id.x;
  let samples = params.outputs_cols;
  if (sample >= samples) { return; }
  var best = 0u;
  var largest = outputs[sample];
  for (var c = 1u; c < params.outputs_rows; c++) {
    let value = outputs[c * samples + sample];
    if (value > largest) {
      largest = value;
      best = c;
    }
  }
  correct[sample] = select(0.0, 1.0, best == labels[sample]);
}
