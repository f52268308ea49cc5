import { SafetensorsWriter, writeFileAtomically } from "@graphon-limit/data";
import { DEFAULT_GRID, ESTIMATORS, type GraphonEstimate } from "@graphon-limit/graphon";
import type { Command } from "commander";
import { addBatchFlags } from "../cli/batch_flags.ts";
import {
  estimateFromMasks,
  estimateFromWeights,
  type GraphonSource,
  RAO_BLACKWELL,
  WHICH_LAYERS,
} from "../cli/graphon_source.ts";
import type { RegisterAction } from "../cli/main.ts";
import { addNetworkFlags } from "../cli/network_flags.ts";
import { oneOf, sparsity, UsageError, wholeNumber } from "../cli/usage.ts";
import { heatMapGrid } from "../figures/heat_map.ts";
import { saveFigure } from "../figures/render.ts";
import { formatNumber } from "../report/format.ts";
import { formatTable } from "../terminal/table.ts";

interface GraphonFlags extends GraphonSource {
  readonly out: string;
  readonly figure?: string;
}

export function addGraphon(program: Command, register: RegisterAction): void {
  const command = program.command("graphon")
    .description("Estimate the graphon of each layer's mask.")
    .requiredOption(
      "--out <file>",
      "safetensors file for the graphons: graphon.<i> [K, K], F32 (with --layers network the inputs' and outputs' axes in full)",
    )
    .option("--masks <file>", "safetensors file of 0/1 tensors [out, in] in natural order")
    .option("--grid <number>", "cells per axis", wholeNumber("--grid", 1), DEFAULT_GRID)
    .option(
      "--layers <which>",
      "hidden (hidden→hidden layers), all, or network (all, inputs and outputs in their own order, as ntk --graphons takes)",
      oneOf("--layers", WHICH_LAYERS),
      "hidden",
    )
    .option(
      "--estimator <name>",
      "sas (sort and smooth), sas-tv (less noise by total variation), sba (blocks), usvt (singular values), " +
        "neighbourhood, or rao-blackwell (from the weights before pruning, in place of masks)",
      oneOf("--estimator", [...Object.keys(ESTIMATORS), RAO_BLACKWELL]),
      "sas",
    )
    .option("--method <name>", "rao-blackwell: random, magnitude, snip, grasp or synflow")
    .option("--sparsity <fraction>", "rao-blackwell: fraction of weights to remove, in [0, 1)", sparsity)
    .option("--figure <file>", "heat maps as .svg or .png");
  addBatchFlags(addNetworkFlags(command)).addHelpText(
    "after",
    "\nExamples:\n  deno task cli graphon --masks out/masks.safetensors --layers all --out out/graphons.safetensors \\\n" +
      "    --estimator neighbourhood --figure out/graphons.svg\n" +
      "  deno task cli graphon --estimator rao-blackwell --method snip --sparsity 0.8 --widths 784,512,512,10 --init he \\\n" +
      "    --dataset digits --out out/graphons.safetensors",
  );
  register<GraphonFlags>(command, async (session, flags) => {
    if (flags.figure !== undefined && !/\.(svg|png)$/i.test(flags.figure)) {
      throw new UsageError(`Expected --figure to end in .svg or .png but found ${flags.figure}`);
    }
    const estimates = flags.estimator === RAO_BLACKWELL
      ? await estimateFromWeights(session, flags)
      : await estimateFromMasks(session, flags);

    const names = estimates.map(({ index }) => `graphon.${index}`);
    const infos = estimates.map(({ graphon: { rows, cols } }, i) => ({
      name: names[i],
      dtype: "F32" as const,
      shape: [rows, cols],
    }));
    using writer = SafetensorsWriter.create(flags.out, infos);
    estimates.forEach(({ graphon }, i) => writer.write(names[i], Float32Array.from(graphon.values)));
    if (flags.figure !== undefined) {
      const figure = heatMapGrid({
        cells: estimates.map(({ graphon, name }) => ({
          row: "mask",
          column: name,
          // A figure's maps are square, whatever the file's are.
          values: graphon.regrid(flags.grid).values,
          size: flags.grid,
        })),
        xLabel: flags.layers === "network" ? "inputs" : "inputs, by degree",
        yLabel: flags.layers === "network" ? "outputs" : "outputs, by degree",
        cellWidth: 256,
      });
      await saveFigure(flags.figure, figure, writeFileAtomically);
    }
    writer.close();

    const layers = estimates.map(({ index, graphon, density, deadInputs, deadOutputs, diagnostics }) => {
      const [min, max] = graphon.range;
      return {
        index,
        density,
        min,
        max,
        deadInputs,
        deadOutputs,
        ...(Object.keys(diagnostics).length > 0 ? { diagnostics } : {}),
      };
    });
    session.result(
      { estimator: flags.estimator, layers, seconds: session.seconds },
      formatTable(
        ["layer", "density", "least cell", "largest cell", "dead inputs", "dead outputs"].map((title) => ({
          title,
          align: "right" as const,
        })),
        layers.map((
          l,
        ) => [
          l.index,
          ...[l.density, l.min, l.max].map((x) => formatNumber(x)),
          l.deadInputs,
          l.deadOutputs,
        ]),
      ) + `\n${describeChoices(layers)}graphons in ${flags.out}`,
    );
  });
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
