import { isSoftware } from "./adapter_kinds.ts";
import { chooseAdapters } from "./choose_adapter.ts";
import { type CalibrationStore, type ChosenDevice, fasterOf, SOFTWARE_MARGIN } from "./choose_device.ts";
import { CpuDevice } from "./cpu_device.ts";
import type { Device } from "./device.ts";
import type { Backend } from "./device_info.ts";
import { InvalidArgumentError, NoDawnError, NoDeviceError, show } from "./errors.ts";
import { findDawn, hostImplementation, type Implementation } from "./implementations.ts";
import { type AdapterOptions, type FoundAdapter, openAdapter } from "./open_adapter.ts";

/**
 * Which device to open: `auto` takes a hardware adapter of WebGPU's where one answers; where only a software adapter does, that if it
 * does a sample job in half of the time that the CPU device takes, which is taken otherwise, and where none answers.
 */
export type DeviceKind = "auto" | "webgpu" | "cpu";

/** The kinds of device, as the command line has them. */
export const DEVICE_KINDS: readonly DeviceKind[] = ["auto", "webgpu", "cpu"];

/** Which implementations of WebGPU may be used: `auto` takes that which is there, and of two the faster. */
export type BackendKind = "auto" | Backend;

/** The choices of implementations, as the command line has them. */
export const BACKEND_KINDS: readonly BackendKind[] = ["auto", "deno", "dawn"];

/** Which device {@linkcode openDevice} opens, and how; what is undefined is as if left out. */
export interface OpenDeviceOptions {
  readonly kind?: DeviceKind | undefined;
  readonly backend?: BackendKind | undefined;
  /**
   * The adapter of WebGPU's to open: a part of its name, in small letters or large, or its number among those that the implementation
   * can tell apart. With one, the CPU device is no choice of `auto`'s.
   */
  readonly adapter?: string | undefined;
  /**
   * The npm package `webgpu`, which is Dawn: its name, or the address of its module, of which Deno must have `--allow-ffi`.
   * `webgpu` unless given; where none is given, `auto` looks for it only on a host without WebGPU, such as Node.
   */
  readonly dawn?: string | undefined;
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
   * What `auto` does where only a software adapter answers: `compare`, unless given, has both do a sample job, as above;
   * `refuse` takes the CPU device unmeasured, for pages, where a sample says little of how long all other shaders
   * will compile.
   */
  readonly software?: "compare" | "refuse" | undefined;
  /** Where what `auto` measures is kept between runs of a program; it is measured once in each where there is none. */
  readonly calibrations?: CalibrationStore | undefined;
}

/**
 * Opens a device. With `webgpu` and no adapter it fails with a {@linkcode NoDeviceError}; a CPU device whose `blas` cannot be loaded
 * is an {@linkcode InvalidArgumentError}, and so is an `adapter` that no adapter's name has, or several have.
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
  { kind = "auto", backend = "auto", software = "compare", ...rest }: OpenDeviceOptions = {},
): Promise<ChosenDevice> {
  assertOneOf("device", DEVICE_KINDS, kind);
  assertOneOf("backend", BACKEND_KINDS, backend);
  const { adapter, dawn, calibrations, ...options } = rest;
  const asked = "asked for";
  if (kind === "cpu") {
    if (adapter !== undefined || backend !== "auto") {
      const named = adapter !== undefined ? `adapter ${show(adapter)}` : `backend ${backend}`;
      throw new InvalidArgumentError(`Expected a device of WebGPU's with the ${named} but found cpu`);
    }
    return { device: new CpuDevice(options), why: asked };
  }
  const found = await findAdapters(await implementations(backend, dawn), adapter);
  const chosen = adapter === undefined && kind === "auto";
  if (chosen && software === "refuse" && found.length > 0 && found.every(isOnSoftware)) {
    return { device: new CpuDevice(options), why: "only a software adapter answers" };
  }
  const opened = await openAll(found, options);
  if (opened.length === 0) {
    if (chosen && backend === "auto") {
      return { device: new CpuDevice(options), why: "no WebGPU adapter answers" };
    }
    throw new NoDeviceError(
      "No WebGPU adapter answers; install a Vulkan driver (Debian: mesa-vulkan-drivers) or use --device cpu",
    );
  }
  const { device, why } = await fasterImplementation(opened, calibrations);
  const both = why === "" ? "" : `; ${why}`;
  if (!chosen) return { device, why: asked + both };
  if (!device.info.software) return { device, why: `a hardware adapter answers${both}` };
  const faster = await fasterOf(device, new CpuDevice(options), calibrations, SOFTWARE_MARGIN);
  const reasons = ["only a software adapter answers", ...(faster.why ? [faster.why] : [])];
  return { device: faster.device, why: reasons.join("; ") + both };
}

function assertOneOf<T extends string>(what: string, known: readonly T[], given: T): void {
  if (known.includes(given)) return;
  throw new InvalidArgumentError(`Expected a ${what} of ${known.join(", ")} but found ${show(given)}`);
}

/** The implementations of WebGPU that are there, of those that are asked for. */
async function implementations(
  backend: BackendKind,
  dawn: string | undefined,
): Promise<readonly Implementation[]> {
  const host = hostImplementation();
  if (backend === "deno") {
    if (host) return [host];
    throw new NoDeviceError("This host brings no WebGPU of its own; use --backend dawn or --device cpu");
  }
  if (backend === "dawn") return [await findDawn(dawn ?? "webgpu")];
  if (dawn === undefined && host) return [host];
  const found = await findDawn(dawn ?? "webgpu").catch((error) => {
    if (error instanceof NoDawnError) return undefined;
    throw error;
  });
  return [found, host].filter((each) => each !== undefined);
}

/** The adapters that an implementation of WebGPU can tell apart. */
export interface AdapterList {
  readonly backend: Backend;
  /** What the user calls it. */
  readonly label: string;
  /** In the order of the numbers that {@linkcode OpenDeviceOptions} takes. */
  readonly names: readonly string[];
}

/** The adapters of each implementation of WebGPU that is there, of those that are asked for. */
export async function listAdapters(
  { backend = "auto", dawn }: Pick<OpenDeviceOptions, "backend" | "dawn"> = {},
): Promise<readonly AdapterList[]> {
  const lists: AdapterList[] = [];
  for (const each of await implementations(backend, dawn)) {
    lists.push({ backend: each.backend, label: each.label, names: await each.names() });
  }
  return lists;
}

/** An adapter of each implementation that has one; those on hardware alone where there is hardware. */
async function findAdapters(known: readonly Implementation[], wanted: string | undefined) {
  const found = wanted === undefined
    ? await Promise.all(known.map((each) => each.request()))
    : await chooseAdapters(wanted, known);
  const answering = found.filter((adapter) => adapter !== undefined);
  const hardware = answering.filter((each) => !isOnSoftware(each));
  return hardware.length > 0 ? hardware : answering;
}

function isOnSoftware({ adapter }: FoundAdapter): boolean {
  return isSoftware(adapter.info);
}

async function openAll(found: readonly FoundAdapter[], options: AdapterOptions): Promise<readonly Device[]> {
  const opened: Device[] = [];
  for (const each of found) opened.push(await openAdapter(each, options));
  return opened;
}

/** The faster of two devices, the first of one, and nothing to say of that. */
async function fasterImplementation(
  [first, second]: readonly Device[],
  calibrations: CalibrationStore | undefined,
): Promise<ChosenDevice> {
  return second ? await fasterOf(first, second, calibrations) : { device: first, why: "" };
}
