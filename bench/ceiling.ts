import { defineOp, type Device } from "@graphon-limit/runtime";
import { median } from "./contest.ts";
import { gpuName } from "./machine.ts";
import { measure } from "./measure.ts";
import { kernelCeiling } from "./multiply_adds.ts";
import { Exchange, Peer } from "./peer.ts";

/** The most this machine does: what the ops' rates are fractions of. */
export interface Ceiling {
  /** GFLOP/s of a large float32 product by the best library there is; undefined where there is none. */
  readonly product?: number;
  /** GB/s read and written by a large copy. */
  readonly copy: number;
  /** What was measured, by what. */
  readonly text: string;
}

/** `y = x`. Both are [rows, cols]. */
const copyOp = defineOp({
  name: "copy",
  shader: `
    @compute @workgroup_size(256)
    fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
      let length = params.x_rows * params.x_cols;
      for (var i = id.x; i < length; i += 256u * groups.x) { y[i] = x[i]; }
    }
  `,
  bindings: { x: "f32", y: "f32 out" },
  panelled: ["x", "y"],
  workgroups: ({ x }) => [Math.min(Math.ceil(x.rows * x.cols / 256), 65535)],
  reference({ x, y }) {
    y.data.set(x.data);
  },
});

/** Rows and columns of the product; rows and columns of what is copied, 128 MiB. */
const PRODUCT = 2048, COPY_ROWS = 4096, COPY_COLS = 8192, RUNS = 5;

/**
 * Measures the ceilings of a device's machine: the product by NumPy's BLAS, or by PyTorch on CUDA where the device is a GPU
 * and PyTorch sees one; the copy by the device itself and by PyTorch on the same hardware, the faster of the two.
 */
export async function measureCeiling(device: Device, python: string, overhead: number): Promise<Ceiling> {
  const size = { rows: COPY_ROWS, cols: COPY_COLS }, bytes = 2 * 4 * COPY_ROWS * COPY_COLS;
  const data = new Float32Array(COPY_ROWS * COPY_COLS).fill(1);
  const args = { x: { ...size, data }, y: { ...size, type: "f32" as const } };
  const own = bytes / (await measure(device, copyOp, { args }, overhead, 300)).median / 1e6;

  const onGpu = gpuName(device.info) !== undefined;
  await using exchange = await Exchange.create();
  const script = new URL("./peers.py", import.meta.url).pathname;
  await using peer = await Peer.start("library", python, [script, onGpu ? "auto" : "cpu"], exchange);
  const copyText = (rate: number) => `a copy of 128 MiB at ${rate.toFixed(1)} GB/s, read and written`;
  if (!peer || (onGpu && peer.about.GPU === undefined)) {
    const why = peer ? "PyTorch sees no GPU" : `${python} with NumPy and PyTorch does not start`;
    return { copy: own, text: `${copyText(own)}; no product to compare with, since ${why}` };
  }
  const library = bytes / await timeOf(peer, { job: "copy", n: COPY_ROWS * COPY_COLS }) / 1e6;
  const product = 2 * PRODUCT ** 3 / await timeOf(peer, { job: "product_rate", n: PRODUCT }) / 1e6;
  const copy = Math.max(own, library);
  const by = onGpu ? `PyTorch ${peer.about.PyTorch} on ${peer.about.GPU}` : `NumPy ${peer.about.NumPy}`;
  const text = `a float32 product of ${PRODUCT}×${PRODUCT} by ${by} at ${product.toFixed(0)} GFLOP/s, ${
    copyText(copy)
  }`;
  const copied = own >= library ? "by this device" : "by PyTorch";
  return { product, copy, text: `${text} (${copied})${await kernelCeiling(device, overhead)}` };
}

async function timeOf(peer: Peer, request: Record<string, unknown>): Promise<number> {
  const times: number[] = [];
  await peer.time(request);
  for (let run = 0; run < RUNS; run++) times.push(await peer.time(request));
  return median(times);
}

/** `43 %` of the ceiling: a product's for operations, the copy's for bytes; a dash where it was not measured. */
export function fractionOf(ceiling: Ceiling, unit: "flops" | "bytes", rate: number): string {
  const most = unit === "flops" ? ceiling.product : ceiling.copy;
  return most === undefined ? "–" : `${(100 * rate / most).toFixed(rate < 0.1 * most ? 1 : 0)} %`;
}
