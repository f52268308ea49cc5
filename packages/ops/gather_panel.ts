import { defineOp, InvalidArgumentError, type Shape } from "@graphon-limit/runtime";
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import shader from "../../shaders/gather_panel.wgsl" with { type: "text" };
import { assertShape } from "./assert_shape.ts";
import { gridOf } from "./grid.ts";

/**
 * Chosen entries of a matrix side by side: `panel[e, a] = h[edges[e], samples[a]]`, the edges being `edgeCount` entries of
 * `edges` [1, …] from `edgeStart` on, and the samples likewise. Up to the next multiple of eight the columns after the last
 * sample become zero; the rest of `panel`, whose columns are a multiple of eight, is left as it is.
 */
export const gatherPanel = defineOp({
  name: "gather_panel",
  shader: [grid, shader],
  bindings: { h: "f32", edges: "u32", samples: "u32", panel: "f32 inout" },
  params: { edgeStart: "u32", edgeCount: "u32", sampleStart: "u32", sampleCount: "u32" },
  workgroups: (shapes, settings) => {
    assertShapes(shapes, settings);
    return gridOf(settings.edgeCount * Math.ceil(settings.sampleCount / 8) * 8);
  },
  reference(views, settings) {
    assertShapes(views, settings);
    const { h, edges, samples, panel } = views, { edgeStart, edgeCount, sampleStart, sampleCount } = settings;
    const chosen = samples.data.subarray(sampleStart, sampleStart + sampleCount);
    for (let e = 0; e < edgeCount; e++) {
      const from = edges.data[edgeStart + e] * h.cols, to = e * panel.cols;
      for (let a = 0; a < sampleCount; a++) panel.data[to + a] = h.data[from + chosen[a]];
      panel.data.fill(0, to + sampleCount, to + Math.ceil(sampleCount / 8) * 8);
    }
  },
  accelerated(views, settings, kernels) {
    assertShapes(views, settings);
    const { h, edges, samples, panel } = views, { edgeStart, edgeCount, sampleStart, sampleCount } = settings;
    kernels.launch(
      "gather_panel",
      Math.ceil(edgeCount / 64),
      ...[kernels.address(h), h.cols, kernels.address(edges) + 4 * edgeStart, edgeCount],
      ...[kernels.address(samples) + 4 * sampleStart, sampleCount, kernels.address(panel), panel.cols],
    );
  },
});

function assertShapes(
  { edges, samples, panel }: Record<"edges" | "samples" | "panel", Shape>,
  { edgeStart, edgeCount, sampleStart, sampleCount }: Record<
    "edgeStart" | "edgeCount" | "sampleStart" | "sampleCount",
    number
  >,
): void {
  assertShape("gather_panel", "edges", edges, 1, Math.max(edges.cols, edgeStart + edgeCount));
  assertShape("gather_panel", "samples", samples, 1, Math.max(samples.cols, sampleStart + sampleCount));
  if (panel.cols % 8 !== 0 || panel.cols < sampleCount || panel.rows < edgeCount) {
    throw new InvalidArgumentError(
      `Expected gather_panel's panel to have ${edgeCount} rows and a multiple of 8 columns, ${sampleCount} or more, ` +
        `but found ${panel.rows}×${panel.cols}`,
    );
  }
}
