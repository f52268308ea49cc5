// Whether a mask's edges are independent given what is known of its neurons: networks' masks against masks drawn edge by edge from the
// limit of their width, and against those of weights drawn together, with the products that the neurons' signals are. A study, whose
// finished tasks are found again in --tasks; writes Markdown.
//   deno run --allow-read --allow-write --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/limit_edges.ts \
//     --data-dir <folder with MNIST> --out docs/results/limit_edges.md
import { parseArgs } from "node:util";
import { sampleFromGraphon, sortAndSmooth, type StepGraphon } from "@graphon-limit/graphon";
import { limitNetwork } from "@graphon-limit/limit";
import { type BitMatrix, deriveSeed, packBits, seedFrom } from "@graphon-limit/runtime";
import { registerKind } from "@graphon-limit/study";
import {
  type CheckParams,
  compare,
  type Comparison,
  networkMasks,
  samplesOf,
} from "./limit_studies/mask_check.ts";
import { together } from "./limit_studies/mask_cells.ts";
import {
  findings,
  GRID,
  HIDDEN,
  LAYERS,
  numbersOf,
  SAMPLES_PER_CLASS,
  STUDY_FLAGS,
  table,
} from "./limit_studies/study.ts";

const { values: flags } = parseArgs({
  options: {
    ...STUDY_FLAGS,
    out: { type: "string", default: "limit_edges.md" },
    tasks: { type: "string", default: "out/limit_edges" },
    // method:sparsity:widths, one after another.
    cases: {
      type: "string",
      multiple: true,
      default: ["grasp:0.5:500,1000,2000", "grasp:0.8:500,1000,2000", "snip:0.8:500,1000,2000"],
    },
    sets: { type: "string", default: "4" },
    trials: { type: "string", default: "16" },
    seed: { type: "string", default: "1" },
  },
});
const trials = Number(flags.trials), sets = Number(flags.sets);

/** For each of the layers between hidden ones. */
type Edges = { readonly apart: readonly Comparison[]; readonly together: readonly Comparison[] };

const edges = registerKind<Omit<CheckParams, "types">, Edges>({
  name: "limit-edges",
  version: 1,
  describe: ({ method, sparsity, width, set }) => `${method} ${sparsity}, width ${width}, set ${set}`,
  async compute(lab, params) {
    const { device } = lab, { data, method, sparsity, hidden, width, grid, seed, set } = params;
    const { dimension: inputs, classes } = lab.dataset(data), known = { ...params, types: width };
    using batch = samplesOf(lab, known);
    const { histograms, outputs } = await networkMasks(lab, known, batch);
    const apart: StepGraphon[][] = [], joint: StepGraphon[][] = [];
    const sorted = async (mask: BitMatrix) => {
      using owned = mask;
      return (await sortAndSmooth(owned, grid)).graphon;
    };
    for (const [trial, given] of outputs.entries()) {
      const own = deriveSeed(seedFrom(seed), 7, set * trials + trial);
      const { graphons, drawn } = await limitNetwork(device, method, { inputs, hidden, classes, width }, {
        ...{ sparsity, batch, order: "finite", types: width, outputs: given, seed: own },
      });
      if (!drawn) throw new Error(`Expected a method whose limit draws weights but found ${method}`);
      apart.push(
        await Promise.all(
          LAYERS.map((layer) =>
            sorted(
              sampleFromGraphon(device, graphons[layer], width, width, { seed: deriveSeed(own, 1), layer }),
            )
          ),
        ),
      );
      joint.push(
        await Promise.all(LAYERS.map((layer) => {
          const { rows, cols, kept } = drawn[layer];
          return sorted(device.uploadBits(packBits(kept, rows, cols), rows, cols));
        })),
      );
    }
    const against = (limits: readonly StepGraphon[][]) =>
      LAYERS.map((_, index) => compare(grid, histograms, limits, index));
    return { apart: against(apart), together: against(joint) };
  },
});

const found = await findings(edges, (data) =>
  flags.cases.flatMap((text) => {
    const [method, sparsity, widths] = text.split(":");
    return numbersOf(widths).flatMap((width) =>
      Array.from({ length: sets }, (_, set) => ({
        ...{ data, seed: Number(flags.seed), method, sparsity: Number(sparsity), width, hidden: HIDDEN },
        ...{ samplesPerClass: SAMPLES_PER_CLASS, grid: GRID, trials, set },
      }))
    );
  }), flags);

const cases = Map.groupBy(found, ([{ method, sparsity, width }]) => [method, sparsity, width].join());
const lines = [...cases.values()].flatMap((all) => {
  const [{ method, sparsity, width }] = all[0];
  return LAYERS.map((layer, index) => {
    const cells = (["apart", "together"] as const).flatMap((kind) => {
      const { ratio, error, left } = together(all.map(([, result]) => result[kind][index]));
      return [ratio.toFixed(2) + (error === undefined ? "" : ` ± ${error.toFixed(2)}`), left.toFixed(3)];
    });
    return [method, sparsity, width, layer, all.length, ...cells];
  });
});
await Deno.writeTextFile(
  flags.out,
  "# Edges given the neurons\n\n" +
    "Networks' masks against those of their limits in the order *finite*, as in [limit_check.md](limit_check.md): sets of " +
    `${trials} trials, the root mean square of their distances over the noise floor, with the error of it that the sets show, and what ` +
    "all sets' mean difference has beyond its noise (*left*). Masks are drawn from the limit *edge by edge*, each entry with its " +
    "probability given the two neurons, as from any graphon; or they are those of *weights drawn together*, whose products with the " +
    "samples' signals are the neurons' own ([mathematics.md](../mathematics.md), section 5): then a neuron's degree varies less.\n\n" +
    "`deno run --allow-read --allow-write --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/limit_edges.ts --data-dir … " +
    "--out docs/results/limit_edges.md`\n\n" +
    table([
      [
        ...["method", "sparsity", "width", "layer", "sets"],
        ...["edge by edge", "left", "weights drawn together", "left"],
      ],
      ...lines,
    ]),
);
