// Cross-entropy of logits / temperature, a sample (column) to an invocation: its loss, and the gradient of the batch mean
// with respect to the logits. With `tangent`, both are replaced by their derivatives in that direction of the logits.
// Expects logits, tangent, gradient as f32 [classes, samples], labels as u32 and loss as f32 [1, samples].
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let sample = id.x;
  let samples = params.logits_cols;
  if (sample >= samples) { return; }
  // Mesa's software driver puts the uniforms that bound loops into the code and compiles that anew in each launch; it does
  // not where the bound is no uniform alone.
  let classes = min(params.logits_rows, arrayLength(&logits));
  let label = labels[sample];
  var largest = logits[sample];
  var top = 0u;
  for (var c = 1u; c < classes; c++) {
    let logit = logits[c * samples + sample];
    if (logit > largest) { largest = logit; top = c; }
  }
  var total = 0.0;
  var others = 0.0;
  for (var c = 0u; c < classes; c++) {
    let exponential = exp((logits[c * samples + sample] - largest) / params.temperature);
    total += exponential;
    if (c != label) { others += exponential; }
  }
  let factor = 1.0 / (params.count * params.temperature);
#if ${tangent}
  // Changes are taken relative to the likeliest class's: where p is nearly 1, change − mean would cancel.
  let origin = tangent[top * samples + sample];
  var mean = 0.0;
  for (var c = 0u; c < classes; c++) {
    let index = c * samples + sample;
    mean += exp((logits[index] - largest) / params.temperature) / total * (tangent[index] - origin);
  }
  mean /= params.temperature;
  var own = -origin / params.temperature;
  for (var c = 0u; c < classes; c++) {
    let index = c * samples + sample;
    let probability = exp((logits[index] - largest) / params.temperature) / total;
    let change = (tangent[index] - origin) / params.temperature;
    if (c == label) { own = change; }
    gradient[index] = probability * (change - mean) * factor;
  }
#if ${loss}
  loss[sample] = mean - own;
#endif
#else
  var own = 0.0;
  for (var c = 0u; c < classes; c++) {
    let index = c * samples + sample;
    let relative = (logits[index] - largest) / params.temperature;
    var difference = exp(relative) / total;
    // p − 1 of the label, as the others' sum: a saturated softmax keeps all its digits.
    if (c == label) { own = relative; difference = -others / total; }
    gradient[index] = difference * factor;
  }
#if ${loss}
  loss[sample] = log(total) - own;
#endif
#endif
}
