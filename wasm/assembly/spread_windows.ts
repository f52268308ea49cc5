/** The sums over the windows that each pixel of one channel is in, times a scale: a row of the op's output, a part. */
export function spread_windows(
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
  let from = x + part * samples * <usize> (outHeight * outWidth) * 4,
    image = out + part * samples * pixels * 4;
  memory.fill(image, 0, samples * pixels * 4);
  for (let s: usize = 0; s < samples; s++, image += pixels * 4) {
    for (let i = 0; i < outHeight; i++) {
      const down = i * strideDown - paddingTop;
      const top = max(0, down), bottom = min(height, down + kernelHeight);
      for (let j = 0; j < outWidth; j++, from += 4) {
        const across = j * strideAcross - paddingLeft, share = scale * load<f32>(from);
        const left = max(0, across), right = min(width, across + kernelWidth);
        for (let row = top; row < bottom; row++) {
          const line = image + <usize> (row * width) * 4;
          for (let column = left; column < right; column++) {
            const to = line + <usize> column * 4;
            store<f32>(to, load<f32>(to) + share);
          }
        }
      }
    }
  }
}
