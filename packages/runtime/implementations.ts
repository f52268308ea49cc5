import { isSoftware } from "./adapter_kinds.ts";
import type { Backend } from "./device_info.ts";
import { NoDawnError, NoDeviceError, show } from "./errors.ts";
import type { FoundAdapter } from "./open_adapter.ts";

/** An implementation of WebGPU, and the adapters that it can tell apart. */
export interface Implementation {
  readonly backend: Backend;
  /** What the user calls it. */
  readonly label: string;
  /** The names of its adapters, in an order of its own. */
  names(): Promise<readonly string[]>;
  /** The best of them, or the one of a place among the names; undefined where none answers. */
  request(place?: number): Promise<FoundAdapter | undefined>;
}

/** What {@linkcode findDawn} uses of the npm package `webgpu`. */
interface DawnModule {
  create(options: readonly string[]): GPU;
}

function nameOf({ info }: GPUAdapter): string {
  // A browser hides all but the maker and the architecture.
  const family = [info.vendor, info.architecture].filter(Boolean).join(" ");
  return info.description || info.device || family || "unnamed adapter";
}

/** The hardware adapter if there is one, else a software adapter, else nothing. */
async function bestOf(gpu: GPU): Promise<GPUAdapter | null> {
  const fast = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (fast && !isSoftware(fast.info)) return fast;
  const other = await gpu.requestAdapter({ powerPreference: "low-power" });
  return other && !isSoftware(other.info) ? other : fast ?? other;
}

/** The implementation that the host brings. It tells adapters apart by the power they take alone: it knows one or two. */
export function hostImplementation(): Implementation | undefined {
  const gpu = globalThis.navigator?.gpu;
  if (!gpu) return undefined;
  const adapters = async () => {
    const fast = await gpu.requestAdapter({ powerPreference: "high-performance" });
    const other = await gpu.requestAdapter({ powerPreference: "low-power" });
    return fast && other && nameOf(fast) === nameOf(other)
      ? [fast]
      : [fast, other].filter((adapter) => adapter !== null);
  };
  return {
    backend: "deno",
    label: "the host's own WebGPU",
    names: async () => (await adapters()).map(nameOf),
    async request(place) {
      const adapter = place === undefined ? await bestOf(gpu) : (await adapters())[place];
      return adapter ? { adapter, name: nameOf(adapter), backend: "deno", gpu } : undefined;
    },
  };
}

/** A name that no adapter has: asked for it, Dawn says which ones there are. */
const NOBODY = "?";

/** What reaches the hardware on each system; Dawn lists adapters once more for each of the others. */
const DRIVERS = ["vulkan", "metal", "d3d12"];

/**
 * Dawn, as the npm package `webgpu` has it.
 *
 * @param module the package's name or the address of its module
 * @throws NoDawnError where it cannot be loaded
 */
export async function findDawn(module: string): Promise<Implementation> {
  const { create } = await import(module).catch((error) => {
    throw new NoDawnError(`Dawn, the npm package webgpu, cannot be loaded: ${firstLine(error)}`);
  }) as DawnModule;
  const names = async () => {
    try {
      await create([`adapter=${NOBODY}`]).requestAdapter();
    } catch (error) {
      return namesIn(String(error));
    }
    return [];
  };
  return {
    backend: "dawn",
    label: "Dawn",
    names,
    async request(place) {
      const known = await names();
      const gpu = create(place === undefined ? [] : [`adapter=${known[place]}`]);
      const adapter = place === undefined ? await bestOf(gpu) : await gpu.requestAdapter();
      if (!adapter) return undefined;
      const name = known.find((name) => identifier(name) === adapter.info.device) ?? nameOf(adapter);
      if (place !== undefined && (name !== known[place] || known.indexOf(name) !== place)) {
        throw new NoDeviceError(
          `Dawn takes adapters by their names, and asked for ${show(known[place])} gives ` +
            `${known.indexOf(name)} ${name}, not ${place}: have the process see that one alone`,
        );
      }
      return { adapter, name, backend: "dawn", gpu };
    },
  };
}

/** The names in Dawn's list of adapters. */
function namesIn(message: string): string[] {
  return [...message.matchAll(/^\s*\* backend: '(\w+)', name: '(.*)'$/gm)]
    .filter(([, driver]) => DRIVERS.includes(driver)).map(([, , name]) => name);
}

/** A name as WebGPU's identifiers are written. */
function identifier(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0];
}
