import type { AnyOp } from "@graphon-limit/runtime";

/** An op as a hardware adapter would run it: the tiled shader, which software adapters are tuned away from. */
export function tiled(op: AnyOp): AnyOp {
  return {
    ...op,
    name: `${op.name}_tiled`,
    tuning: (shapes, settings, info) => op.tuning?.(shapes, settings, { ...info, software: false }) ?? {},
  };
}
