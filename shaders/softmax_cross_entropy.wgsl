// Cross-entropy of logits / temperature, a sample (column) to an invocation: its loss, and the gradient of the batch mean
// with respect to the logits. With `tangent`, both are replaced by their derivatives in that direction of the logits.
// Expects logits, tangent, gradient as f32 [classes, samples], labels as u32 and loss as f32 [1, samples].
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let sample = id.x;
  let samples = params.logits_cols;
  if (sample >= samples) { return; }
  let label = labels[sample];
  var largest = logits[sample];
  for (var c = 1u; c < params.logits_rows; c++) { largest = max(largest, logits[c * samples + sample]); }
  var total = 0.0;
  for (var c = 0u; c < params.logits_rows; c++) {
    total += exp((logits[c * samples + sample] - largest) / params.temperature);
  }
  let factor = 1.0 / (params.count * params.temperature);
#if ${tangent}
  var mean = 0.0;
  for (var c = 0u; c < params.logits_rows; c++) {
    let index = c * samples + sample;
    mean += exp((logits[index] - largest) / params.temperature) / total * tangent[index];
  }
  mean /= params.temperature;
  var own = 0.0;
  for (var c = 0u; c < params.logits_rows; c++) {
    let index = c * samples + sample;
    let probability = exp((logits[index] - largest) / params.temperature) / total;
    let change = tangent[index] / params.temperature;
    if (c == label) { own = change; }
    gradient[index] = probability * (change - mean) * factor;
  }
#if ${loss}
  loss[sample] = mean - own;
#endif
#else
  var own = 0.0;
  for (var c = 0u; c < params.logits_rows; c++) {
    let index = c * samples + sample;
    let relative = (logits[index] - largest) / params.temperature;
    var difference = exp(relative) / total;
    if (c == label) { own = relative; difference -= 1.0; }
    gradient[index] = difference * factor;
  }
#if ${loss}
  loss[sample] = log(total) - own;
#endif
#endif
}
