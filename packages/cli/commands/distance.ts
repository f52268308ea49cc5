import { basename } from "node:path";
import { FileSet } from "@graphon-limit/data";
import { saveFigure } from "@graphon-limit/figures";
import {
  compareGraphons,
  type GraphonComparison,
  pathDensity,
  type StepGraphon,
} from "@graphon-limit/graphon";
import { InvalidArgumentError } from "@graphon-limit/runtime";
import { formatNumber, type TableCell } from "@graphon-limit/study";
import { defineCommand } from "../shell/command.ts";
import { outputFile, required, text } from "../shell/flags.ts";
import { pairFigure, prepareFigure, readGraphons } from "../shell/graphon_files.ts";
import { prepareFile } from "../shell/output.ts";
import { formatTable } from "../terminal/table.ts";

/** What each distance and density is called in the table. */
const DISTANCES: readonly [keyof GraphonComparison["distances"], string][] = [
  ["l1", "L1"],
  ["l2", "L2"],
  ["frobenius", "Frobenius, over cells"],
  ["outputDegrees", "degrees of outputs, L2"],
  ["inputDegrees", "degrees of inputs, L2"],
];
const DENSITIES: readonly [keyof GraphonComparison["densities"][0], string][] = [
  ["edge", "edges"],
  ["outputStar2", "2-stars at outputs"],
  ["outputStar3", "3-stars at outputs"],
  ["inputStar2", "2-stars at inputs"],
  ["inputStar3", "3-stars at inputs"],
  ["path3", "3-edge paths"],
  ["cycle4", "4-cycles"],
];

export const distance = defineCommand({
  name: "distance",
  summary:
    "How far two files' graphons are apart, layer by layer: norms, degrees, densities of small graphs.",
  flags: {
    graphons: required("<file>", "safetensors file with graphon.<i>, as the command graphon writes", text, {
      access: "read",
    }),
    reference: required("<file>", "another one, to be compared with layer by layer; grids may differ", text, {
      access: "read",
    }),
    figure: outputFile("both graphons of each layer and their difference, on one scale, as .svg or .png"),
  },
  examples: [
    "distance --graphons out/snip.safetensors --reference out/synflow.safetensors --figure out/distance.svg",
  ],
  async run(session, flags) {
    await prepareFigure(flags.figure);
    using _figure = flags.figure === undefined ? undefined : prepareFile(flags.figure);
    const graphons = readGraphons(flags.graphons), references = readGraphons(flags.reference);
    const shared = [...graphons.keys()].filter((index) => references.has(index));
    if (shared.length === 0) {
      throw new InvalidArgumentError(
        `Expected a layer that both files have but found ${listOf(graphons)} in ${flags.graphons} and ` +
          `${listOf(references)} in ${flags.reference}`,
      );
    }
    for (
      const [path, own, other] of [
        [flags.graphons, graphons, references],
        [flags.reference, references, graphons],
      ] as const
    ) {
      const alone = [...own.keys()].filter((index) => !other.has(index));
      if (alone.length > 0) session.notice(`layers ${alone.join(", ")} of ${path} have no counterpart`);
    }
    const layers: ComparedLayer[] = [];
    using progress = session.progress(100 * shared.length, "distances, percent by layer");
    for (const index of shared) {
      const before = 100 * layers.length;
      const { distances, densities } = await compareGraphons(graphons.get(index)!, references.get(index)!, {
        ...{ seed: session.seed, signal: session.signal },
        onProgress: (done) => progress.update(before + done, `layer ${index}`),
      });
      layers.push({ index, ...distances, densities });
    }
    progress.done();
    if (flags.figure !== undefined) {
      const figure = pairFigure(
        [basename(flags.graphons), basename(flags.reference)],
        shared.map((index) => ({
          name: `layer ${index}`,
          graphons: [graphons.get(index)!, references.get(index)!],
        })),
      );
      using files = new FileSet();
      await saveFigure(flags.figure, figure, files.write);
      files.close();
    }
    const paths = [chainOf(graphons, shared), chainOf(references, shared)]
      .map((chain) => chain && pathDensity(chain));
    const hasPaths = paths.every((path) => path !== undefined);
    session.result(
      { layers, ...(hasPaths ? { paths } : {}), seconds: session.seconds },
      layers.map(describeLayer).join("\n\n") +
        (hasPaths
          ? `\n\ninput-to-output paths: ${paths.map((path) => formatNumber(path!)).join(" and ")}`
          : "") +
        (flags.figure === undefined ? "" : `\nfigure in ${flags.figure}`),
    );
  },
});

type ComparedLayer =
  & { readonly index: number; readonly densities: GraphonComparison["densities"] }
  & GraphonComparison["distances"];

/** One layer's numbers as text: distances, then densities side by side. */
function describeLayer(layer: ComparedLayer): string {
  const [graphon, reference] = layer.densities;
  const rows: TableCell[][] = [
    ["cut norm", `${formatNumber(layer.cutNormLower)} to ${formatNumber(layer.cutNormUpper)}`, "", ""],
    ...DISTANCES.map(([name, title]): TableCell[] => [title, formatNumber(layer[name]), "", ""]),
    ...DENSITIES.map(([name, title]): TableCell[] => [
      title,
      formatNumber(Math.abs(graphon[name] - reference[name])),
      formatNumber(graphon[name]),
      formatNumber(reference[name]),
    ]),
  ];
  const titles = [`layer ${layer.index}`, "difference", "graphon", "reference"];
  return formatTable(titles.map((title, i) => ({ title, align: i === 0 ? "left" : "right" })), rows);
}

/** The graphons of these layers where they follow one another, each on the grid of the one before. */
function chainOf(
  layers: ReadonlyMap<number, StepGraphon>,
  indices: readonly number[],
): StepGraphon[] | undefined {
  const chain = indices.map((index) => layers.get(index)!);
  const follows = indices.every((index, i) =>
    i === 0 || (index === indices[i - 1] + 1 && chain[i].cols === chain[i - 1].rows)
  );
  return follows && chain.length > 1 ? chain : undefined;
}

function listOf(layers: ReadonlyMap<number, StepGraphon>): string {
  return `layer${layers.size === 1 ? "" : "s"} ${[...layers.keys()].join(", ")}`;
}
