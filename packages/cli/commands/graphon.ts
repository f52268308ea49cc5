import { SafetensorsWriter, writeFileAtomically } from "@graphon-limit/data";
import { DEFAULT_GRID, ESTIMATORS, type GraphonEstimate, type StepGraphon } from "@graphon-limit/graphon";
import type { Command } from "commander";
import { addBatchFlags } from "../shell/batch_flags.ts";
import {
  estimateFromMasks,
  estimateFromWeights,
  type GraphonSource,
  RAO_BLACKWELL,
  WHICH_LAYERS,
} from "../shell/graphon_source.ts";
import type { RegisterAction } from "../shell/main.ts";
import { addNetworkFlags } from "../shell/network_flags.ts";
import { oneOf, sparsity, UsageError, wholeNumber } from "../shell/usage.ts";
import { type FigureSpec, heatMapGrid, saveFigure } from "@graphon-limit/figures";
import { formatNumber } from "@graphon-limit/study";
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
    assertFigureName(flags.figure);
    const estimates = flags.estimator === RAO_BLACKWELL
      ? await estimateFromWeights(session, flags)
      : await estimateFromMasks(session, flags);

    using writer = beginGraphons(
      flags.out,
      estimates.map(({ index, graphon }) => ({ name: `graphon.${index}`, ...graphon })),
    );
    if (flags.figure !== undefined) {
      const figure = graphonFigure("mask", estimates, flags.grid, flags.layers !== "network");
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

/** Says so where a figure's file has another ending than those there are. */
export function assertFigureName(path: string | undefined): void {
  if (path !== undefined && !/\.(svg|png)$/i.test(path)) {
    throw new UsageError(`Expected --figure to end in .svg or .png but found ${path}`);
  }
}

/** Cells under a name of their own, `[rows, cols]`. */
export interface NamedCells extends Pick<StepGraphon, "rows" | "cols" | "values"> {
  readonly name: string;
}

/** A safetensors file with all these as F32, which is put in place when it is closed. */
export function beginGraphons(path: string, tensors: readonly NamedCells[]): SafetensorsWriter {
  const writer = SafetensorsWriter.create(
    path,
    tensors.map(({ name, rows, cols }) => ({ name, dtype: "F32", shape: [rows, cols] })),
  );
  for (const { name, values } of tensors) writer.write(name, Float32Array.from(values));
  return writer;
}

/** Heat maps of layers' graphons side by side, square ones, whatever the graphons are. */
export function graphonFigure(
  row: string,
  layers: readonly { readonly name: string; readonly graphon: StepGraphon }[],
  grid: number,
  sorted = true,
): FigureSpec {
  return heatMapGrid({
    cells: layers.map(({ graphon, name }) => ({
      row,
      column: name,
      values: graphon.regrid(grid).values,
      size: grid,
    })),
    xLabel: sorted ? "inputs, by degree" : "inputs",
    yLabel: sorted ? "outputs, by degree" : "outputs",
    cellWidth: 256,
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
