import assert from "node:assert/strict";
import { type SampleJob } from "@graphon-limit/runtime";

export type Request = GPU["requestAdapter"];

/** Runs `body` with another answer to `navigator.gpu.requestAdapter`. */
export async function withAdapters(answer: Request, body: () => Promise<void>): Promise<void> {
  const { gpu } = navigator;
  const held = Object.getOwnPropertyDescriptor(gpu, "requestAdapter");
  Object.defineProperty(gpu, "requestAdapter", { value: answer, configurable: true, writable: true });
  try {
    await body();
  } finally {
    if (held) Object.defineProperty(gpu, "requestAdapter", held);
    else Reflect.deleteProperty(gpu, "requestAdapter");
  }
}

export interface StubInfo {
  readonly description?: string;
  readonly vendor?: string;
  readonly device?: string;
  readonly architecture?: string;
  readonly isFallbackAdapter?: boolean;
}

/** The real adapter under another name. */
export async function adapterNamed(info: StubInfo): Promise<GPUAdapter> {
  const real = await navigator.gpu.requestAdapter();
  assert.ok(real);
  return {
    info: { description: "", vendor: "", device: "", architecture: "", isFallbackAdapter: false, ...info },
    limits: real.limits,
    features: real.features,
    requestDevice: (descriptor?: GPUDeviceDescriptor) => real.requestDevice(descriptor),
  } as unknown as GPUAdapter;
}

export function deviceTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn });
}

/** A job that takes so many milliseconds on each kind of device, the first time `compiling` more on the adapter. */
export function jobTaking(
  version: string,
  { webgpu, cpu, compiling = 0, fail = false }: {
    webgpu: number;
    cpu: number;
    compiling?: number;
    fail?: boolean;
  },
): SampleJob & { prepared: string[] } {
  const prepared: string[] = [];
  return {
    version,
    prepared,
    prepare({ info: { kind } }) {
      prepared.push(kind);
      let waits = kind === "webgpu" ? webgpu + compiling : cpu;
      return {
        run: async () => {
          await new Promise((resolve) => setTimeout(resolve, waits));
          waits = kind === "webgpu" ? webgpu : cpu;
          if (fail && kind === "webgpu") throw new Error("a shader that does not compile");
        },
        [Symbol.dispose]() {},
      };
    },
  };
}

/** A module with the interface of the npm package `webgpu`, whose adapters are the host's under other names. */
export function dawnWith(names: readonly string[]): string {
  const text = `const names = ${JSON.stringify(names)};
    export const create = ([option] = []) => ({ async requestAdapter() {
      const wanted = option?.slice("adapter=".length), name = wanted ? names.find((name) => name.includes(wanted)) : names[0];
      if (name === undefined && wanted) {
        throw new Error("no suitable backends found\\nAvailable adapters:\\n" + names.flatMap((name) =>
          ["opengles", "vulkan"].map((backend) => " * backend: '" + backend + "', name: '" + name + "'")).join("\\n"));
      }
      const real = await navigator.gpu.requestAdapter();
      if (name === undefined || !real) return null;
      return { limits: real.limits, features: real.features, requestDevice: (descriptor) => real.requestDevice(descriptor),
        info: { vendor: "nvidia", description: "driver 1", device: name.toLowerCase().replace(/[^a-z0-9]+/g, "-") } };
    } });`;
  return `data:text/javascript,${encodeURIComponent(text)}`;
}
