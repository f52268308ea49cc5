import {
  readMaskMatrices,
  SafetensorsFile,
  SafetensorsWriter,
  writeFileAtomically,
} from "@graphon-limit/data";
import { DEFAULT_GRID, ESTIMATORS, findEstimator, type GraphonEstimate } from "@graphon-limit/graphon";
import { type BitMatrix, type Device, InvalidArgumentError, packBits } from "@graphon-limit/runtime";
import type { Command } from "commander";
import type { RegisterAction } from "../cli/main.ts";
import { oneOf, UsageError, wholeNumber } from "../cli/usage.ts";
import { heatMapGrid } from "../figures/heat_map.ts";
import { saveFigure } from "../figures/render.ts";
import { formatNumber } from "../report/format.ts";
import { formatTable } from "../terminal/table.ts";

interface GraphonFlags {
  readonly masks: string;
  readonly grid: number;
  readonly layers: "hidden" | "all";
  readonly estimator: string;
  readonly out: string;
  readonly figure?: string;
}

/** Rows of a mask brought to the device at a time, in entries. */
const PIECE_ENTRIES = 2 ** 24;

export function addGraphon(program: Command, register: RegisterAction): void {
  const command = program.command("graphon")
    .description("Estimate the graphon of each layer's mask.")
    .requiredOption("--masks <file>", "safetensors file of 0/1 tensors [out, in] in natural order")
    .requiredOption("--out <file>", "safetensors file for the graphons: graphon.<i> [K, K], F32")
    .option("--grid <number>", "cells per axis", wholeNumber("--grid", 1), DEFAULT_GRID)
    .option(
      "--layers <which>",
      "hidden (hidden→hidden layers) or all",
      oneOf("--layers", ["hidden", "all"]),
      "hidden",
    )
    .option(
      "--estimator <name>",
      "sas (sort and smooth), sas-tv (less noise by total variation), sba (blocks), usvt (singular values) or neighbourhood",
      oneOf("--estimator", Object.keys(ESTIMATORS)),
      "sas",
    )
    .option("--figure <file>", "heat maps as .svg or .png")
    .addHelpText(
      "after",
      "\nExample:\n  deno task cli graphon --masks out/masks.safetensors --layers all --out out/graphons.safetensors \\\n" +
        "    --estimator neighbourhood --figure out/graphons.svg",
    );
  register<GraphonFlags>(command, async (session, flags) => {
    if (flags.figure !== undefined && !/\.(svg|png)$/i.test(flags.figure)) {
      throw new UsageError(`Expected --figure to end in .svg or .png but found ${flags.figure}`);
    }
    using file = SafetensorsFile.open(flags.masks);
    const matrices = readMaskMatrices(file, { onNotice: session.notice });
    const indices = [...matrices.keys()].filter((index) =>
      flags.layers === "all" || (index > 0 && index < matrices.length - 1)
    );
    if (indices.length === 0) {
      throw new InvalidArgumentError(
        `${flags.masks}: expected at least 3 layers for a hidden→hidden one but found ${matrices.length}; use --layers all`,
      );
    }
    const { estimate } = findEstimator(flags.estimator), { grid } = flags, { seed } = session;
    const estimates: GraphonEstimate[] = [];
    using progress = session.progress(indices.length, "graphons");
    for (const index of indices) {
      using mask = uploadMask(session.device, matrices[index]);
      estimates.push(await estimate(mask, { grid, seed }));
      progress.update(estimates.length);
    }

    const names = indices.map((index) => `graphon.${index}`);
    const infos = names.map((name) => ({ name, dtype: "F32" as const, shape: [flags.grid, flags.grid] }));
    using writer = SafetensorsWriter.create(flags.out, infos);
    estimates.forEach(({ graphon }, i) => writer.write(names[i], Float32Array.from(graphon.values)));
    if (flags.figure !== undefined) {
      const figure = heatMapGrid({
        cells: estimates.map(({ graphon }, i) => ({
          row: "mask",
          column: matrices[indices[i]].name,
          values: graphon.values,
          size: flags.grid,
        })),
        xLabel: "inputs, by degree",
        yLabel: "outputs, by degree",
        cellWidth: 256,
      });
      await saveFigure(flags.figure, figure, writeFileAtomically);
    }
    writer.close();

    const layers = estimates.map(({ graphon, kept, deadInputs, deadOutputs, diagnostics }, i) => {
      const { rows, columns } = matrices[indices[i]];
      const [min, max] = graphon.range;
      return {
        index: indices[i],
        density: kept / (rows * columns),
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

/** Packs a mask from its file onto the device, some rows at a time. */
export function uploadMask(
  device: Device,
  { rows, columns, read }: {
    rows: number;
    columns: number;
    read: (rows: readonly [number, number]) => Uint8Array;
  },
): BitMatrix {
  const mask = device.bits(rows, columns);
  const rowsAtOnce = Math.max(1, Math.floor(PIECE_ENTRIES / columns));
  for (let row = 0; row < rows; row += rowsAtOnce) {
    const end = Math.min(row + rowsAtOnce, rows);
    device.write(mask, packBits(read([row, end]), end - row, columns), row);
  }
  return mask;
}
