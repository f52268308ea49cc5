import { isIntegrated, isSoftware } from "./adapter_kinds.ts";
import type { Device } from "./device.ts";
import type { Backend, DeviceInfo, Subgroups } from "./device_info.ts";
import { NoDeviceError } from "./errors.ts";
import { SLICE_BYTES } from "./panels.ts";
import { WebGpuDevice } from "./webgpu_device.ts";

/** An adapter, by which name, and through which implementation of WebGPU. */
export interface FoundAdapter {
  readonly adapter: GPUAdapter;
  readonly name: string;
  readonly backend: Backend;
  /** The object that it was asked of. */
  readonly gpu: GPU;
}

/** What devices were asked of: Dawn ends, and its devices with it, when nothing holds that object. */
const ASKED = new WeakMap<GPUDevice, GPU>();

/** How a device's memory is cut and filled. */
export interface AdapterOptions {
  readonly maxBindingBytes?: number | undefined;
  readonly sliceBytes?: number | undefined;
  readonly poison?: boolean | undefined;
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

/**
 * Opens an adapter with all that it grants.
 *
 * @throws NoDeviceError where it gives no device
 */
export async function openAdapter(
  { adapter, name, backend, gpu: asked }: FoundAdapter,
  options: AdapterOptions,
): Promise<Device> {
  const limits: Record<string, number> = {};
  for (const name of LIMITS) limits[name] = adapter.limits[name];
  const known = FEATURES.filter((name) => adapter.features.has(name as GPUFeatureName)) as GPUFeatureName[];
  const request = (features: GPUFeatureName[]) =>
    adapter.requestDevice({ requiredLimits: limits, requiredFeatures: features });
  // Deno gives devices with subgroups, yet leaves them out of what its adapters say they have.
  const unsaid: GPUFeatureName[] = known.includes(SUBGROUPS) ? [] : [SUBGROUPS];
  const gpu = await request([...unsaid, ...known]).catch(() => request(known)).catch((error) => {
    const reason = String(error?.message ?? error).replace(/\s+/g, " ").trim();
    throw new NoDeviceError(`The WebGPU adapter ${name} gives no device: ${reason}`);
  });
  ASKED.set(gpu, asked);
  const subgroups = gpu.features.has(SUBGROUPS) ? await subgroupsOf(gpu, adapter) : undefined;
  limits.minUniformBufferOffsetAlignment = gpu.limits.minUniformBufferOffsetAlignment;
  // Binding sizes are multiples of four bytes, and u32 indices must reach every element.
  const largest = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize, 2 ** 32 - 16);
  const info: DeviceInfo = {
    kind: "webgpu",
    backend,
    name,
    software: isSoftware(adapter.info),
    integrated: isIntegrated({ vendor: adapter.info.vendor, description: name }),
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
