import { DEVICE_KINDS } from "@graphon-limit/runtime";
import { toggle, type Values, withDefault } from "./flags.ts";
import { oneOf, wholeNumber } from "./usage.ts";

/** The flags that every command takes. */
export const COMMON_FLAGS = {
  device: withDefault("<kind>", "auto, webgpu or cpu", oneOf(DEVICE_KINDS), "auto"),
  seed: withDefault("<number>", "seed of everything random", wholeNumber(0), 0),
  json: toggle("a machine-readable result on stdout, nothing else there"),
  quiet: toggle("no progress and no notices"),
};

export type CommonFlags = Values<typeof COMMON_FLAGS>;
