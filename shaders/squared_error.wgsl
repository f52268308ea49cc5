// Mean squared error against targets, or one-hot labels, a sample (column) to an invocation: its loss, and the gradient of
// the batch mean with respect to the outputs. With `tangent`, both are replaced by their derivatives in that direction.
// Expects outputs, targets, tangent, gradient as f32 [classes, samples], labels as u32 and loss as f32 [1, samples].
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let sample = id.x;
  let samples = params.outputs_cols;
  if (sample >= samples) { return; }
  let classes = f32(params.outputs_rows);
  var total = 0.0;
  for (var c = 0u; c < params.outputs_rows; c++) {
    let index = c * samples + sample;
#if ${targets}
    let wanted = targets[index];
#else
    let wanted = select(0.0, 1.0, labels[sample] == c);
#endif
    let difference = outputs[index] - wanted;
#if ${tangent}
    total += 2.0 * difference * tangent[index];
    gradient[index] = 2.0 * tangent[index] / (classes * params.count);
#else
    total += difference * difference;
    gradient[index] = 2.0 * difference / (classes * params.count);
#endif
  }
#if ${loss}
  loss[sample] = total / max(classes, 1.0);
#endif
}
