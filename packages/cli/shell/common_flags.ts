import { BACKEND_KINDS, DEVICE_KINDS } from "@graphon-limit/runtime";
import { optional, text, toggle, type Values, withDefault } from "./flags.ts";
import { oneOf, wholeNumber } from "./usage.ts";

/** The flags that every command takes. */
export const COMMON_FLAGS = {
  device: withDefault("<kind>", "auto, webgpu or cpu", oneOf(DEVICE_KINDS), "auto"),
  backend: withDefault("<kind>", "whose WebGPU: auto, deno or dawn", oneOf(BACKEND_KINDS), "auto"),
  adapter: optional("<name>", "which GPU of several: a part of its name, or its number in doctor", text),
  seed: withDefault("<number>", "seed of everything random", wholeNumber(0), 0),
  json: toggle("a machine-readable result on stdout, nothing else there"),
  quiet: toggle("no progress and no notices"),
};

export type CommonFlags = Values<typeof COMMON_FLAGS>;

/** Those of them that say which device. */
export type DeviceFlags = Pick<CommonFlags, "device" | "backend"> & {
  readonly adapter?: string | undefined;
};
