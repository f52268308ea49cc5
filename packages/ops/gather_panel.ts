import { defineOp } from "@graphon-limit/runtime";
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import shader from "../../shaders/gather_panel.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";
import { isSamplePanel } from "./sample_panel.ts";
import { gather_panel as assembly } from "./wasm/signatures.ts";

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
  shapes: {
    h: ["neurons", "inputs"],
    edges: [1, "listed"],
    samples: [1, "listedSamples"],
    panel: ["rows", "pitch"],
  },
  rules: [
    {
      says: "edges from edgeStart on, edgeCount of them",
      holds: ({ edges }, { edgeStart, edgeCount }) => edgeStart + edgeCount <= edges.cols,
    },
    {
      says: "samples from sampleStart on, sampleCount of them",
      holds: ({ samples }, { sampleStart, sampleCount }) => sampleStart + sampleCount <= samples.cols,
    },
    {
      says: "a panel of edgeCount rows or more and a multiple of 8 columns, sampleCount or more",
      holds: ({ panel }, { edgeCount, sampleCount }) => isSamplePanel(panel, edgeCount, sampleCount),
    },
  ],
  workgroups: (_, { edgeCount, sampleCount }) => gridOf(edgeCount * Math.ceil(sampleCount / 8) * 8),
  reference({ h, edges, samples, panel }, { edgeStart, edgeCount, sampleStart, sampleCount }) {
    const chosen = samples.data.subarray(sampleStart, sampleStart + sampleCount);
    for (let e = 0; e < edgeCount; e++) {
      const from = edges.data[edgeStart + e] * h.cols, to = e * panel.cols;
      for (let a = 0; a < sampleCount; a++) panel.data[to + a] = h.data[from + chosen[a]];
      panel.data.fill(0, to + sampleCount, to + Math.ceil(sampleCount / 8) * 8);
    }
  },
  accelerated({ h, edges, samples, panel }, { edgeStart, edgeCount, sampleStart, sampleCount }, kernels) {
    const { address, launch } = kernels;
    launch(assembly.gather_panel, Math.ceil(edgeCount / assembly.PART_EDGES), {
      h: address(h),
      pitch: h.cols,
      edges: address(edges) + 4 * edgeStart,
      edgeCount,
      samples: address(samples) + 4 * sampleStart,
      count: sampleCount,
      panel: address(panel),
      panelPitch: panel.cols,
    });
  },
});
