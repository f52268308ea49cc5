// The angle of a point (x, y) with y not negative, in [0, π], to about 2e-7: the built-in functions are specified loosely.
// The polynomial is Cephes' for atan below tan π/8 (Moshier).
fn arc(y: f32, x: f32) -> f32 {
  let adjacent = abs(x);
  let swapped = y > adjacent;
  let larger = max(y, adjacent);
  if (larger == 0.0) { return 0.0; }
  var t = min(y, adjacent) / larger;
  var angle = 0.0;
  if (t > 0.4142135624) {
    angle = 0.7853981634;
    t = (t - 1.0) / (t + 1.0);
  }
  let s = t * t;
  angle += t + t * s * (-0.333329491539 + s * (0.199777106478 + s * (-0.138776856032 + s * 0.0805374449538)));
  if (swapped) { angle = 1.5707963268 - angle; }
  return select(angle, 3.1415926536 - angle, x < 0.0);
}
