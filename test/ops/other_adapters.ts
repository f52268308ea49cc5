import assert from "node:assert/strict";
import type { AnyOp, DeviceInfo, Tuning } from "@graphon-limit/runtime";

/** An op as a hardware adapter would run it: the tiled shader, which software adapters are tuned away from. */
export function tiled(op: AnyOp): AnyOp {
  return tuned(op, "tiled", { software: false }, (tuning) => tuning);
}

/** As a discrete adapter would run it on matrices so large that the largest tiles fill it. */
export function largeTiles(op: AnyOp): AnyOp {
  return tuned(op, "large_tiles", { software: false }, (tuning) => ({ ...tuning, large: !tuning.flat }));
}

/** As a discrete adapter would run it on results so small that square tiles do not fill it. */
export function splitTerms(op: AnyOp): AnyOp {
  return tuned(
    op,
    "split_terms",
    { software: false },
    (tuning) => ({ ...tuning, large: false, split: !tuning.flat }),
  );
}

/** As an adapter without subgroups would run it. */
export function withoutSubgroups(op: AnyOp): AnyOp {
  return tuned(op, "without_subgroups", { subgroups: undefined }, (tuning) => tuning);
}

/** As a software adapter with subgroups would run it on large matrices, whatever their size. */
export function withSubgroups(op: AnyOp): AnyOp {
  return tuned(op, "with_subgroups", { software: true }, (tuning, { subgroups }) => {
    assert.ok(subgroups, "Expected an adapter with subgroups, as Mesa's software Vulkan is under Deno");
    return { ...tuning, subgroups: true, narrow: false };
  });
}

function tuned(
  op: AnyOp,
  how: string,
  adapter: Partial<DeviceInfo>,
  change: (tuning: Tuning, info: DeviceInfo) => Tuning,
): AnyOp {
  const { accelerated: _, ...shader } = op;
  return {
    ...shader,
    name: `${op.name}_${how}`,
    tuning(shapes, settings, actual) {
      const info = { ...actual, ...adapter };
      return change(op.tuning?.(shapes, settings, info) ?? {}, info);
    },
  };
}
