import { type CalibrationStore, type ChosenDevice, fasterOf } from "./choose_device.ts";
import { CpuDevice } from "./cpu_device.ts";
import type { Device } from "./device.ts";
import type { DeviceInfo, Subgroups } from "./device_info.ts";
import { InvalidArgumentError, NoDeviceError, show } from "./errors.ts";
import { SLICE_BYTES } from "./panels.ts";
import { WebGpuDevice } from "./webgpu_device.ts";

/**
 * Which device to open: `auto` takes a hardware adapter of WebGPU's where one answers; where only a software adapter does, that or the
 * CPU device, whichever does a sample job faster; and the CPU device where none does.
 */
export type DeviceKind = "auto" | "webgpu" | "cpu";

/** The kinds of device, as the command line has them. */
export const DEVICE_KINDS: readonly DeviceKind[] = ["auto", "webgpu", "cpu"];

/** Which device {@linkcode openDevice} opens, and how; what is undefined is as if left out. */
export interface OpenDeviceOptions {
  readonly kind?: DeviceKind | undefined;
  /** Caps the size of one binding, in bytes: small values exercise row panels in tests. */
  readonly maxBindingBytes?: number | undefined;
  /** Bytes of the slices of rows that ops go through large matrices in; 128 MiB unless given. */
  readonly sliceBytes?: number | undefined;
  /** Fills fresh memory with a NaN pattern, so that an output an op forgets to write shows. For tests. */
  readonly poison?: boolean | undefined;
  /** False has the CPU device run every op by its plain twin: slow, and what everything else is compared with. */
  readonly accelerate?: boolean | undefined;
  /**
   * The path of an installed BLAS with a C interface, such as OpenBLAS's `libopenblas.so.0`, that the CPU device gives
   * large dense products to. Deno must have `--allow-ffi` with that path. None unless given; other devices ignore it.
   */
  readonly blas?: string | undefined;
  /**
   * What `auto` does where only a software adapter answers: `compare`, unless given, takes that or the CPU device, whichever does a
   * sample job faster; `refuse` takes the CPU device unmeasured, for pages, where a sample says little of how long all other shaders
   * will compile.
   */
  readonly software?: "compare" | "refuse" | undefined;
  /** Where what `auto` measures is kept between runs of a program; it is measured once in each where there is none. */
  readonly calibrations?: CalibrationStore | undefined;
}

/**
 * Opens a device. With `webgpu` and no adapter it fails with a {@linkcode NoDeviceError}; a CPU device whose `blas` cannot be loaded
 * is an {@linkcode InvalidArgumentError}.
 *
 * @example
 * ```ts
 * import { openDevice } from "@graphon-limit/runtime";
 *
 * using device = await openDevice({ kind: "cpu" });
 * console.assert(device.info.kind === "cpu");
 * ```
 */
export async function openDevice(options: OpenDeviceOptions = {}): Promise<Device> {
  return (await chooseDevice(options)).device;
}

/** {@linkcode openDevice}, with the reason for the device that is taken. */
export async function chooseDevice(
  { kind = "auto", software = "compare", calibrations, ...options }: OpenDeviceOptions = {},
): Promise<ChosenDevice> {
  if (!DEVICE_KINDS.includes(kind)) {
    throw new InvalidArgumentError(`Expected a device of ${DEVICE_KINDS.join(", ")} but found ${show(kind)}`);
  }
  const asked = "asked for";
  if (kind === "cpu") return { device: new CpuDevice(options), why: asked };
  const adapter = await requestAdapter();
  if (adapter === null) {
    if (kind === "auto") return { device: new CpuDevice(options), why: "no WebGPU adapter answers" };
    throw new NoDeviceError(
      "No WebGPU adapter answers; install a Vulkan driver (Debian: mesa-vulkan-drivers) or use --device cpu",
    );
  }
  if (kind === "auto" && software === "refuse" && isSoftware(adapter)) {
    return { device: new CpuDevice(options), why: "only a software adapter answers" };
  }
  const device = await openAdapter(adapter, options);
  if (kind !== "auto") return { device, why: asked };
  if (!device.info.software) return { device, why: "a hardware adapter answers" };
  return await fasterOf(device, new CpuDevice(options), calibrations);
}

/** The hardware adapter if there is one, else a software adapter, else nothing. */
async function requestAdapter(): Promise<GPUAdapter | null> {
  const gpu = globalThis.navigator?.gpu;
  if (!gpu) return null;
  const fast = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (fast && !isSoftware(fast)) return fast;
  const other = await gpu.requestAdapter({ powerPreference: "low-power" });
  return other && !isSoftware(other) ? other : fast ?? other;
}

function isSoftware(adapter: GPUAdapter): boolean {
  const { isFallbackAdapter, vendor, description, device } = adapter.info;
  return isFallbackAdapter ||
    /llvmpipe|lavapipe|swiftshader|softpipe|basic render/i.test(`${vendor} ${description} ${device}`);
}

/** PCI numbers, and names, of Apple, Arm, Imagination, Qualcomm and Broadcom, whose adapters are all integrated. */
const INTEGRATED_VENDORS = /^(4203|5045|4112|20803|5348|apple|arm|img-tec|qualcomm|broadcom)$/i;

/** WebGPU does not say what kind an adapter is: by its maker and name, and discrete unless known better. */
export function isIntegrated(
  // Not `Pick<GPUAdapterInfo, …>`, of which the declarations know no members where the consumer has no types of WebGPU.
  { vendor, description }: { readonly vendor: string; readonly description: string },
): boolean {
  if (INTEGRATED_VENDORS.test(vendor)) return true;
  if (/intel/i.test(description)) return !/\barc\b.* [ab]\d{3}|\bdg[12]\b/i.test(description);
  return /radeon(\(tm\))? (vega \d+ )?graphics|radeon \d{3}m\b/i.test(description);
}

function nameOf({ info }: GPUAdapter): string {
  return info.description || info.device || info.vendor || "unnamed adapter";
}

/** Limits the ops make use of; each is requested at the adapter's largest. */
const LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupSizeZ",
  "maxComputeWorkgroupsPerDimension",
] as const;

/** Optional features the ops make use of where the adapter has them. */
const FEATURES = ["subgroups", "shader-f16", "timestamp-query"] as const;

const SUBGROUPS = "subgroups" as GPUFeatureName;

/** A shader that hands values round, without a directive, which the standard demands and Deno's compiler refuses. */
const SHARING = `@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@compute @workgroup_size(1) fn main(@builtin(subgroup_invocation_id) lane: u32) { y[0] = subgroupBroadcast(lane, 0u); }`;

/** How the device's shaders use subgroups; undefined where it does not say their sizes or its compiler does not know them. */
async function subgroupsOf(gpu: GPUDevice, { info }: GPUAdapter): Promise<Subgroups | undefined> {
  const { subgroupMinSize: min, subgroupMaxSize: max } = info;
  if (!min || !max) return undefined;
  for (const directive of ["", "enable subgroups;\n"]) {
    gpu.pushErrorScope("validation");
    gpu.createShaderModule({ code: directive + SHARING });
    if (await gpu.popErrorScope() === null) return { min, max, directive };
  }
  return undefined;
}

async function openAdapter(adapter: GPUAdapter, options: Omit<OpenDeviceOptions, "kind">): Promise<Device> {
  const limits: Record<string, number> = {};
  for (const name of LIMITS) limits[name] = adapter.limits[name];
  const known = FEATURES.filter((name) => adapter.features.has(name as GPUFeatureName)) as GPUFeatureName[];
  const request = (features: GPUFeatureName[]) =>
    adapter.requestDevice({ requiredLimits: limits, requiredFeatures: features });
  // Deno gives devices with subgroups, yet leaves them out of what its adapters say they have.
  const unsaid: GPUFeatureName[] = known.includes(SUBGROUPS) ? [] : [SUBGROUPS];
  const gpu = await request([...unsaid, ...known]).catch(() => request(known)).catch((error) => {
    const reason = String(error?.message ?? error).replace(/\s+/g, " ").trim();
    throw new NoDeviceError(`The WebGPU adapter ${nameOf(adapter)} gives no device: ${reason}`);
  });
  const subgroups = gpu.features.has(SUBGROUPS) ? await subgroupsOf(gpu, adapter) : undefined;
  limits.minUniformBufferOffsetAlignment = gpu.limits.minUniformBufferOffsetAlignment;
  // Binding sizes are multiples of four bytes, and u32 indices must reach every element.
  const largest = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize, 2 ** 32 - 16);
  const info: DeviceInfo = {
    kind: "webgpu",
    name: nameOf(adapter),
    software: isSoftware(adapter),
    integrated: isIntegrated(adapter.info),
    maxBindingBytes: Math.min(options.maxBindingBytes ?? Infinity, Math.floor(largest / 16) * 16),
    sliceBytes: options.sliceBytes ?? SLICE_BYTES,
    limits,
    features: FEATURES.filter((name) =>
      name === SUBGROUPS ? subgroups : gpu.features.has(name as GPUFeatureName)
    ),
    subgroups,
  };
  return new WebGpuDevice(gpu, info, options);
}
