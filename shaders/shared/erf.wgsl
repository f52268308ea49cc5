// The error function to about 2e-7: the Taylor series below 1, Abramowitz and Stegun 7.1.26 above.
fn erf(z: f32) -> f32 {
  let x = abs(z);
  if (x < 1.0) {
    let s = z * z;
    return 1.128379167 * z * (1.0 + s * (-0.3333333333 + s * (0.1 + s * (-0.02380952381 + s * (0.004629629630
      + s * (-7.575757576e-4 + s * (1.068376068e-4 + s * (-1.322751323e-5 + s * (1.458916900e-6
      + s * -1.450385222e-7)))))))));
  }
  let t = 1.0 / (1.0 + 0.3275911 * x);
  let tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return sign(z) * (1.0 - tail * exp(-min(x * x, 80.0)));
}
