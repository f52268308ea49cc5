import { FileSet, printable } from "@graphon-limit/data";
import { saveFigure } from "@graphon-limit/figures";
import type { GraphonEstimate } from "@graphon-limit/graphon";
import { formatNumber } from "@graphon-limit/study";
import { defineCommand } from "../shell/command.ts";
import { outputFile, required, text } from "../shell/flags.ts";
import { assertFigureName, graphonFigure, writeGraphons } from "../shell/graphon_files.ts";
import {
  estimateFromMasks,
  estimateFromWeights,
  GRAPHON_SOURCE_FLAGS,
  RAO_BLACKWELL,
} from "../shell/graphon_source.ts";
import { prepareFile } from "../shell/output.ts";
import { formatTable } from "../terminal/table.ts";

export const graphon = defineCommand({
  name: "graphon",
  summary: "Estimate the graphon of each layer's mask.",
  flags: {
    out: required(
      "<file>",
      "safetensors file for the graphons: graphon.<i> [K, K], F32 (with --layers network the inputs' and outputs' axes in full)",
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
    assertFigureName(flags.figure);
    using _out = prepareFile(flags.out);
    using _figure = flags.figure === undefined ? undefined : prepareFile(flags.figure);
    const estimates = flags.estimator === RAO_BLACKWELL
      ? await estimateFromWeights(session, flags)
      : await estimateFromMasks(session, flags);

    using files = new FileSet();
    writeGraphons(
      files,
      flags.out,
      estimates.map(({ index, graphon }) => ({ name: `graphon.${index}`, ...graphon })),
    );
    if (flags.figure !== undefined) {
      const figure = graphonFigure("mask", estimates, flags.grid, flags.layers !== "network");
      await saveFigure(flags.figure, figure, files.write);
    }
    files.close();

    const layers = estimates.map(
      ({ index, name, graphon, density, deadInputs, deadOutputs, diagnostics }) => {
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
          printable(l.name),
          ...[l.density, l.min, l.max].map((x) => formatNumber(x)),
          l.deadInputs,
          l.deadOutputs,
        ]),
      ) + `\n${describeChoices(layers)}graphons in ${flags.out}`,
    );
  },
});

/** A line for each layer whose estimator chose something: a rank, a weight, numbers of blocks. */
function describeChoices(
  layers: readonly { index: number; diagnostics?: GraphonEstimate["diagnostics"] }[],
): string {
  return layers.filter(({ diagnostics }) => diagnostics !== undefined).map(({ index, diagnostics }) => {
    const chosen = Object.entries(diagnostics!).map(([name, value]) => `${name} ${formatNumber(value)}`);
    return `layer ${index}: ${chosen.join(", ")}\n`;
  }).join("");
}
