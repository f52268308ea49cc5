import type { AnyOp, DeviceInfo, Tuning } from "@graphon-limit/runtime";

/** An op as a hardware adapter would run it: the tiled shader, which software adapters are tuned away from. */
export function tiled(op: AnyOp): AnyOp {
  return tuned(op, "tiled", { software: false }, (tuning) => tuning);
}

/** As a discrete adapter would run it on matrices so large that the largest tiles fill it. */
export function largeTiles(op: AnyOp): AnyOp {
  return tuned(op, "large_tiles", { software: false }, (tuning) => ({ ...tuning, large: !tuning.flat }));
}

/** As a software adapter would run it on large matrices of aligned rows, whatever their size. */
export function wideBlocks(op: AnyOp): AnyOp {
  return tuned(op, "wide_blocks", { software: true }, (tuning) => ({ ...tuning, wide: tuning.vec4 }));
}

function tuned(
  op: AnyOp,
  how: string,
  adapter: Partial<DeviceInfo>,
  change: (tuning: Tuning) => Tuning,
): AnyOp {
  return {
    ...op,
    name: `${op.name}_${how}`,
    accelerated: undefined,
    tuning: (shapes, settings, info) => change(op.tuning?.(shapes, settings, { ...info, ...adapter }) ?? {}),
  };
}
