/** Where the centre and the corners of a kernel are among its taps. */
export interface KernelPlaces {
  readonly centre: number;
  readonly corners: readonly number[];
}

/** The centre and the corners of the kernels of a weight of the shape [outputs, inputs, …kernel]; undefined where they have none. */
export function kernelPlaces([, , ...kernel]: readonly number[]): KernelPlaces | undefined {
  if (kernel.length === 0 || kernel.some((extent) => extent % 2 === 0 || extent === 1)) return undefined;
  const corners = kernel.reduce<readonly number[]>(
    (places, extent) => places.flatMap((place) => [place * extent, (place + 1) * extent - 1]),
    [0],
  );
  return { centre: corners[corners.length - 1] / 2, corners };
}

/** What a tap of a kernel is called: its place along each axis, `tap 0,2`; `mask` of a weight without a kernel. */
export function tapName(kernel: readonly number[], tap: number): string {
  if (kernel.length === 0) return "mask";
  const places: number[] = [];
  let rest = tap;
  for (const extent of kernel.toReversed()) {
    places.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return `tap ${places.join()}`;
}
