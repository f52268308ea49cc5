import { FileSet } from "@graphon-limit/data";
import { saveFigure } from "@graphon-limit/figures";
import { type GraphonEstimate, SORTED_BY_LAYER, type StepGraphon } from "@graphon-limit/graphon";
import { formatNumber } from "@graphon-limit/study";
import { defineCommand } from "../shell/command.ts";
import { outputFile, required, text } from "../shell/flags.ts";
import {
  graphonFigure,
  type NamedCells,
  prepareFigure,
  tapFigure,
  writeGraphons,
} from "../shell/graphon_files.ts";
import {
  type EstimatedLayer,
  estimateFromMasks,
  estimateFromWeights,
  GRAPHON_SOURCE_FLAGS,
  RAO_BLACKWELL,
} from "../shell/graphon_source.ts";
import type { EstimatedKernel } from "../shell/kernel_source.ts";
import { prepareFile } from "../shell/output.ts";
import { formatTable } from "../terminal/table.ts";

export const graphon = defineCommand({
  name: "graphon",
  summary: "Estimate the graphon of each layer's mask.",
  flags: {
    out: required(
      "<file>",
      "safetensors file for the graphons, F32: graphon.<i> [K, K] (with --layers network the inputs' and outputs' axes in " +
        "full); of a convolution [taps, K, K], with graphon.<i>.channels [K, K], their mean",
      text,
      { access: "write" },
    ),
    ...GRAPHON_SOURCE_FLAGS,
    figure: outputFile("heat maps as .svg or .png"),
  },
  examples: [
    "graphon --masks out/masks.safetensors --layers all --out out/graphons.safetensors \\\n" +
    "--estimator neighbourhood --figure out/graphons.svg",
    "graphon --estimator rao-blackwell --method snip --sparsity 0.8 --widths 784,512,512,10 --init he \\\n" +
    "--dataset digits --out out/graphons.safetensors",
  ],
  async run(session, flags) {
    await prepareFigure(flags.figure);
    using _out = prepareFile(flags.out);
    using _figure = flags.figure === undefined ? undefined : prepareFile(flags.figure);
    const estimates = flags.estimator === RAO_BLACKWELL
      ? await estimateFromWeights(session, flags)
      : await estimateFromMasks(session, flags);

    using files = new FileSet();
    const metadata = flags.layers === "network" ? {} : SORTED_BY_LAYER;
    writeGraphons(files, flags.out, estimates, estimates.flatMap(tensorsOf), metadata);
    if (flags.figure !== undefined) {
      const tapped = estimates.flatMap(({ name, kernels }) =>
        kernels ? [{ name, kernel: kernels.kernel, taps: kernels.histogram.taps }] : []
      );
      const figure = tapped.length === estimates.length
        ? tapFigure(tapped, flags.grid)
        : graphonFigure("mask", estimates, flags.grid, flags.layers !== "network");
      await saveFigure(flags.figure, figure, files.write);
    }
    files.close();

    const layers = estimates.map(
      ({ index, name, graphon, density, deadInputs, deadOutputs, diagnostics, kernels }) => {
        const [min, max] = graphon.range;
        return {
          index,
          name,
          density,
          min,
          max,
          deadInputs,
          deadOutputs,
          ...(Object.keys(diagnostics).length > 0 ? { diagnostics } : {}),
          ...(kernels && kernels.kernel.length > 0 ? tapsOf(kernels) : {}),
        };
      },
    );
    session.result(
      { estimator: flags.estimator, layers, seconds: session.seconds },
      formatTable(
        [
          { title: "layer", align: "right" },
          { title: "name" },
          ...["density", "least cell", "largest cell", "dead inputs", "dead outputs"].map((title) => ({
            title,
            align: "right" as const,
          })),
        ],
        layers.map((
          l,
        ) => [
          l.index,
          l.name,
          ...[l.density, l.min, l.max].map((x) => formatNumber(x)),
          l.deadInputs,
          l.deadOutputs,
        ]),
      ) + `\n${describeChoices(layers)}graphons in ${flags.out}`,
    );
  },
});

/** A layer's tensors: its graphon, or those of its taps with their mean beside them; of queries, their law with the keys. */
function tensorsOf({ index, graphon, kernels }: EstimatedLayer): NamedCells[] {
  const name = `graphon.${index}`;
  if (!kernels || kernels.kernel.length === 0) {
    return [{ name, ...graphon }, ...stack(`${name}.joint`, kernels?.joint ?? [])];
  }
  return [...stack(name, kernels.histogram.taps), { name: `${name}.channels`, ...graphon }];
}

/** Several graphons of one size as one tensor; none as none. */
function stack(name: string, graphons: readonly StepGraphon[]): NamedCells[] {
  if (graphons.length === 0) return [];
  const [{ rows, cols }] = graphons, values = new Float64Array(graphons.length * rows * cols);
  graphons.forEach((graphon, at) => values.set(graphon.values, at * rows * cols));
  return [{ name, rows: graphons.length * rows, cols, values, shape: [graphons.length, rows, cols] }];
}

/** What is told of taps: how dense each is, how many a pair of channels keeps, and which together. */
function tapsOf({ kernel, histogram: { densities, kernelSizes, covariance } }: EstimatedKernel) {
  return {
    kernel,
    tapDensities: [...densities],
    kernelSizes: [...kernelSizes],
    tapCovariances: Array.from(
      densities,
      (_, tap) => [...covariance.subarray(tap * densities.length, (tap + 1) * densities.length)],
    ),
  };
}

/** A line for each layer whose estimator chose something: a rank, a weight, numbers of blocks. */
function describeChoices(
  layers: readonly { index: number; diagnostics?: GraphonEstimate["diagnostics"] }[],
): string {
  return layers.filter(({ diagnostics }) => diagnostics !== undefined).map(({ index, diagnostics }) => {
    const chosen = Object.entries(diagnostics!).map(([name, value]) => `${name} ${formatNumber(value)}`);
    return `layer ${index}: ${chosen.join(", ")}\n`;
  }).join("");
}
