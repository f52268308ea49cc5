import { clearLine, copyLine, endInside, firstInside } from "./shared/lines";

/** What is seen in the windows of images under one tap of one channel: a row of the op's output, a part. */
export function unfold_windows(
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
  const taps = <usize> (kernelHeight * kernelWidth), channel = part / taps, tap = <i32> (part % taps);
  const down = tap / kernelWidth - paddingTop, across = tap % kernelWidth - paddingLeft;
  // Places whose pixels are inside the image.
  const top = firstInside(down, strideDown, outHeight), left = firstInside(across, strideAcross, outWidth);
  const bottom = max(top, endInside(down, strideDown, outHeight, height));
  const right = max(left, endInside(across, strideAcross, outWidth, width));
  const places = <usize> (outHeight * outWidth), pixels = <usize> (height * width);
  let to = out + part * samples * places * 4, image = x + channel * samples * pixels * 4;
  for (let s: usize = 0; s < samples; s++, image += pixels * 4, to += places * 4) {
    clearLine(to, <usize> (top * outWidth));
    for (let i = top; i < bottom; i++) {
      const line = image + <usize> ((i * strideDown + down) * width) * 4,
        row = to + <usize> (i * outWidth) * 4;
      clearLine(row, <usize> left);
      if (strideAcross == 1) {
        copyLine(line + <usize> (left + across) * 4, row + <usize> left * 4, <usize> (right - left));
      } else {
        for (let j = left; j < right; j++) {
          store<f32>(row + <usize> j * 4, load<f32>(line + <usize> (j * strideAcross + across) * 4));
        }
      }
      clearLine(row + <usize> right * 4, <usize> (outWidth - right));
    }
    clearLine(to + <usize> (bottom * outWidth) * 4, <usize> ((outHeight - bottom) * outWidth));
  }
}
