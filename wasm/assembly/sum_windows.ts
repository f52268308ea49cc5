/** Sums over the windows of the images of one channel, times a scale: a row of the op's output, a part. */
export function sum_windows(
  part: usize,
  x: usize,
  out: usize,
  samples: usize,
  height: i32,
  width: i32,
  outHeight: i32,
  outWidth: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideDown: i32,
  strideAcross: i32,
  paddingTop: i32,
  paddingLeft: i32,
  scale: f32,
): void {
  const pixels = <usize> (height * width);
  let to = out + part * samples * <usize> (outHeight * outWidth) * 4, image = x + part * samples * pixels * 4;
  for (let s: usize = 0; s < samples; s++, image += pixels * 4) {
    for (let i = 0; i < outHeight; i++) {
      const down = i * strideDown - paddingTop;
      const top = max(0, down), bottom = min(height, down + kernelHeight);
      for (let j = 0; j < outWidth; j++, to += 4) {
        const across = j * strideAcross - paddingLeft;
        const left = max(0, across), right = min(width, across + kernelWidth);
        let sum: f32 = 0;
        for (let row = top; row < bottom; row++) {
          const line = image + <usize> (row * width) * 4;
          for (let column = left; column < right; column++) sum += load<f32>(line + <usize> column * 4);
        }
        store<f32>(to, scale * sum);
      }
    }
  }
}
