import type { DeviceInfo } from "@graphon-limit/runtime";

/** The jobs that prune, by the names of their methods. */
export type PrunedKind = "snip" | "grasp" | "synflow";

/** The kinds of job. */
export type JobKind = "product" | PrunedKind | "ntk" | "spectrum" | "histogram" | "adam" | NetworkKind;

/** The jobs of networks of convolutions and of attention. */
export type NetworkKind = "cnn-snip" | "cnn-adam" | "vit-snip" | "vit-adam";

/** What a job must reach, and whether it did. */
export interface Bar {
  readonly text: string;
  readonly met: boolean;
}

/** A job's times in milliseconds, ours and the reference peer's. */
export interface Times {
  readonly ours: number;
  readonly theirs: number;
}

/** Most of the peer's time that a job may take on a CPU, and the size the bar is set at; `blas` is what holds with one. */
const RATIOS: Readonly<Record<Exclude<JobKind, "product">, { size: number; most: number; blas?: number }>> = {
  snip: { size: 2000, most: 0.8 },
  grasp: { size: 2000, most: 0.8 },
  synflow: { size: 2000, most: 0.25 },
  ntk: { size: 1024, most: 0.8, blas: 0.4 },
  spectrum: { size: 1024, most: 1.5 },
  histogram: { size: 10_000, most: 0.1 },
  adam: { size: 1024, most: 0.8, blas: 0.4 },
  "cnn-snip": { size: 256, most: 1.5 },
  "cnn-adam": { size: 256, most: 1.5 },
  "vit-snip": { size: 256, most: 1.5 },
  "vit-adam": { size: 256, most: 1.5 },
};

/** GFLOP/s of the product at 1024: on the CPU device where OpenBLAS reaches 240, and on a software adapter. */
const PRODUCT_SIZE = 1024, CPU_RATE = 60, LIBRARY_RATE = 240, SOFTWARE_RATE = 30;

/** On a GPU the product reaches this share of the library's float32 rate at sizes that fill it, and no job is behind. */
const GPU_SHARE = 0.75, GPU_SIZE = 2048, GPU_MOST = 1;

/** The bars that are set for a job at this size on such a device. */
export function barsOf(
  kind: JobKind,
  size: number,
  device: Pick<DeviceInfo, "kind" | "software" | "name">,
  { ours, theirs }: Times,
): Bar[] {
  const hardware = device.kind === "webgpu" && !device.software;
  if (kind !== "product") {
    const ratio = RATIOS[kind];
    if (!hardware && size !== ratio.size) return [];
    const most = hardware ? GPU_MOST : / BLAS /.test(device.name) ? ratio.blas ?? ratio.most : ratio.most;
    return [{ text: `at most ${most} × the peer`, met: ours <= most * theirs }];
  }
  if (hardware) {
    if (size < GPU_SIZE) return [];
    return [{ text: `${100 * GPU_SHARE} % of the library's rate`, met: theirs >= GPU_SHARE * ours }];
  }
  if (size !== PRODUCT_SIZE) return [];
  const rate = productRate(size, ours), library = productRate(size, theirs);
  if (device.kind === "webgpu") {
    return [{ text: `${SOFTWARE_RATE} GFLOP/s on a software adapter`, met: rate >= SOFTWARE_RATE }];
  }
  const here = `${CPU_RATE} GFLOP/s where OpenBLAS reaches ${LIBRARY_RATE} (here ${library.toFixed(0)})`;
  return [
    { text: here, met: rate >= CPU_RATE },
    { text: "a quarter of OpenBLAS's rate", met: rate >= library * CPU_RATE / LIBRARY_RATE },
  ];
}

/** GFLOP/s of an n×n product in so many milliseconds. */
export function productRate(n: number, milliseconds: number): number {
  return 2 * n ** 3 / milliseconds / 1e6;
}

/** `at most 0.25 × the peer: met`, several one after another; a dash where none is set. */
export function formatBars(bars: readonly Bar[]): string {
  if (bars.length === 0) return "–";
  return bars.map(({ text, met }) => `${text}: ${met ? "met" : "**not met**"}`).join("; ");
}
