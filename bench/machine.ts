import type { DeviceInfo } from "@graphon-limit/runtime";

/** What a benchmark ran on, as its file says. */
export interface Machine {
  readonly cores: number;
  /** The processor's name; undefined where nobody could say. */
  readonly processor?: string | undefined;
  readonly memoryBytes: number;
}

const NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

/** This machine. */
export function describeMachine(processor?: string): Machine {
  return {
    cores: navigator.hardwareConcurrency,
    processor: processor || undefined,
    memoryBytes: Deno.systemMemoryInfo().total,
  };
}

/** A name for the file of a machine's results: `two-cores-no-gpu`, `16-cores-nvidia-h100-80gb-hbm3`. */
export function machineSlug({ cores }: Machine, gpu: string | undefined): string {
  const count = NUMBERS[cores] ?? String(cores);
  return `${count}-core${cores === 1 ? "" : "s"}-${gpu === undefined ? "no-gpu" : slugOf(gpu)}`;
}

/** A name in small letters, digits and dashes. */
export function slugOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
}

/** The GPU's name; undefined where only a program on the CPU answers. */
export function gpuName({ kind, software, name }: DeviceInfo): string | undefined {
  return kind === "webgpu" && !software ? name : undefined;
}

/** `2 cores of AMD EPYC, 23 GiB`. */
export function machineLine({ cores, processor, memoryBytes }: Machine): string {
  const of = processor === undefined ? "" : ` of ${processor}`;
  return `${cores} core${cores === 1 ? "" : "s"}${of}, ${(memoryBytes / 2 ** 30).toFixed(0)} GiB`;
}
