import { addLine, endInside, firstInside } from "./shared/lines";

/** The sums of what stands for each pixel of one channel in all windows: a row of the op's output, a part. */
export function fold_windows(
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
): void {
  const taps = kernelHeight * kernelWidth, pixels = <usize> (height * width);
  const places = <usize> (outHeight * outWidth), image = out + part * samples * pixels * 4;
  memory.fill(image, 0, samples * pixels * 4);
  // A sample at a time, so that its image stays near while all taps are added.
  for (let s: usize = 0; s < samples; s++) {
    for (let tap = 0; tap < taps; tap++) {
      const down = tap / kernelWidth - paddingTop, across = tap % kernelWidth - paddingLeft;
      const bottom = endInside(down, strideDown, outHeight, height);
      const left = firstInside(across, strideAcross, outWidth);
      const right = max(left, endInside(across, strideAcross, outWidth, width));
      const seen = x + ((part * <usize> taps + <usize> tap) * samples + s) * places * 4;
      for (let i = firstInside(down, strideDown, outHeight); i < bottom; i++) {
        const line = image + (s * pixels + <usize> ((i * strideDown + down) * width)) * 4;
        const row = seen + <usize> (i * outWidth) * 4;
        if (strideAcross == 1) {
          addLine(row + <usize> left * 4, line + <usize> (left + across) * 4, <usize> (right - left));
        } else {
          for (let j = left; j < right; j++) {
            const to = line + <usize> (j * strideAcross + across) * 4;
            store<f32>(to, load<f32>(to) + load<f32>(row + <usize> j * 4));
          }
        }
      }
    }
  }
}
