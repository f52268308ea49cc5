import assert from "node:assert/strict";
import { catalogue } from "@graphon-limit/ops";
import { sampleCases } from "@graphon-limit/ops/cases";
import { type AnyOp, type DeviceInfo, openDevice, type Shape, type Tuning } from "@graphon-limit/runtime";
import { completeSettings } from "../../packages/runtime/launch.ts";
import { composeShader } from "../../packages/runtime/shader.ts";
import { WebGpuDevice } from "../../packages/runtime/webgpu_device.ts";

// In the process that `dawn_test.ts` starts, and there alone: Dawn's compiler is stricter than Deno's.

const dawn = Deno.args.find((word) => word.startsWith("file:"));

/** Rows and columns of the cases; tuning is what matters, and that of products is replaced. */
const SIZE = 64;

/** The shapes of tiles that products have on hardware adapters. */
const TILES = ["flat", "large", "split", "square"];

/** The tunings of an op on a hardware adapter. */
function tuningsOf(
  op: AnyOp,
  shapes: Record<string, Shape>,
  settings: ReturnType<typeof completeSettings>,
  info: DeviceInfo,
): Tuning[] {
  const tuning = op.tuning?.(shapes, settings, { ...info, software: false }) ?? {};
  if (tuning.tiled === undefined) return [tuning];
  return TILES.map((tile) => ({
    ...tuning,
    ...Object.fromEntries(TILES.slice(0, -1).map((name) => [name, name === tile])),
  }));
}

/** An op's shaders on a hardware adapter, by what is said of them. */
function shadersOf(op: AnyOp, info: DeviceInfo): Map<string, string> {
  const shaders = new Map<string, string>();
  for (const { args, settings } of sampleCases[op.name](SIZE)) {
    const complete = completeSettings(op, settings), shapes: Record<string, Shape> = {};
    for (const [name, arg] of Object.entries(args)) {
      if (arg) shapes[name] = { rows: arg.rows, cols: arg.cols, wordsPerRow: arg.cols };
    }
    for (const tuning of tuningsOf(op, shapes, complete, info)) {
      const directive = tuning.subgroups ? info.subgroups?.directive : undefined;
      const code = (directive ?? "") + composeShader(op, Object.keys(shapes), complete, tuning);
      shaders.set(`${op.name} ${JSON.stringify({ ...complete, ...tuning })}`, code);
    }
  }
  return shaders;
}

if (dawn !== undefined) {
  Deno.test("dawn: every shader compiles as hardware adapters run it", async () => {
    using device = await openDevice({ kind: "webgpu", backend: "dawn", dawn });
    assert.ok(device instanceof WebGpuDevice);
    const { gpu, info } = device;
    for (const op of catalogue) {
      for (const [name, code] of shadersOf(op, info)) {
        gpu.pushErrorScope("validation");
        gpu.createShaderModule({ code });
        const error = await gpu.popErrorScope();
        assert.equal(error, null, `${name}: ${error?.message}`);
      }
    }
  });
}
