import { basename } from "node:path";
import { FileSet } from "@graphon-limit/data";
import { saveFigure } from "@graphon-limit/figures";
import { compareTaps, type GraphonComparison, pathDensity, type StepGraphon } from "@graphon-limit/graphon";
import { FormatError, InvalidArgumentError } from "@graphon-limit/runtime";
import { formatNumber, type TableCell } from "@graphon-limit/study";
import { defineCommand } from "../shell/command.ts";
import { outputFile, required, text } from "../shell/flags.ts";
import { assertDensities, pairFigure, prepareFigure } from "../shell/graphon_files.ts";
import { prepareFile } from "../shell/output.ts";
import type { Session } from "../shell/session.ts";
import { readGraphons, type SavedGraphon } from "../shell/saved_graphons.ts";
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
    "How far two files' graphons are apart, layer by layer: norms, degrees, densities of small graphs; of convolutions the " +
    "means over their taps.",
  flags: {
    graphons: required(
      "<file>",
      "safetensors file with graphon.<i> in [0, 1], as the command graphon writes",
      text,
      {
        access: "read",
      },
    ),
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
    const graphons = readDensities(flags.graphons), references = readDensities(flags.reference);
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
    const pairs = shared.map((index): LayerPair => {
      const own = graphons.get(index)!, other = references.get(index)!;
      assertAsManyTaps(index, [flags.graphons, own], [flags.reference, other]);
      return { index, name: own.name ?? other.name ?? `layer ${index}`, own, other };
    });
    noticeOtherNames(session, pairs);
    const layers: ComparedLayer[] = [];
    using progress = session.progress(100 * shared.length, "distances, percent by layer");
    for (const { index, name, own, other } of pairs) {
      const before = 100 * layers.length;
      const { distances, densities } = await compareTaps(own.graphons, other.graphons, {
        ...{ seed: session.seed, signal: session.signal },
        onProgress: (done) => progress.update(before + done, name),
      });
      const taps = own.tapped || other.tapped ? { taps: own.graphons.length } : {};
      layers.push({ index, name, ...taps, ...distances, densities });
    }
    progress.done();
    if (flags.figure !== undefined) {
      const figure = pairFigure(
        [basename(flags.graphons), basename(flags.reference)],
        pairs.flatMap(({ name, own, other }) =>
          own.graphons.map((graphon, tap) => ({
            name: own.graphons.length === 1 ? name : `${name}, tap ${tap}`,
            graphons: [graphon, other.graphons[tap]] as const,
          }))
        ),
      );
      using files = new FileSet();
      await saveFigure(flags.figure, figure, files.write);
      files.close();
    }
    const paths = [chainOf(pairs, ({ own }) => own), chainOf(pairs, ({ other }) => other)]
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

/** A layer that both files have. */
interface LayerPair {
  readonly index: number;
  readonly name: string;
  readonly own: SavedGraphon;
  readonly other: SavedGraphon;
}

/** Says so where layers of one number are called otherwise in the two files, of which one may list its layers in another order. */
function noticeOtherNames(session: Session, pairs: readonly LayerPair[]): void {
  const others = pairs.filter(({ own, other }) => own.name && other.name && own.name !== other.name);
  if (others.length === 0) return;
  const [{ index, own, other }] = others;
  session.notice(
    `layers are compared by their numbers, though ${others.length} of ${pairs.length} are called otherwise: ` +
      `graphon.${index} is ${own.name} and, in the reference, ${other.name}`,
  );
}

type ComparedLayer =
  & {
    readonly index: number;
    readonly name: string;
    /** How many taps the means are over, of a convolution. */
    readonly taps?: number;
    readonly densities: GraphonComparison["densities"];
  }
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
  const unnamed = `layer ${layer.index}`,
    named = layer.name === unnamed ? unnamed : `${unnamed}, ${layer.name}`;
  const title = layer.taps === undefined ? named : `${named}, mean over ${layer.taps} taps`;
  const titles = [title, "difference", "graphon", "reference"];
  return formatTable(titles.map((title, i) => ({ title, align: i === 0 ? "left" : "right" })), rows);
}

/**
 * The graphons of one file's layers where they follow one another, each on the grid of the one before; of convolutions, which meet at
 * many places, none.
 */
function chainOf(
  pairs: readonly LayerPair[],
  side: (pair: LayerPair) => SavedGraphon,
): StepGraphon[] | undefined {
  if (pairs.some((pair) => side(pair).tapped)) return undefined;
  const chain = pairs.map((pair) => side(pair).graphons[0]);
  const follows = pairs.every(({ index }, i) =>
    i === 0 || (index === pairs[i - 1].index + 1 && chain[i].cols === chain[i - 1].rows)
  );
  return follows && chain.length > 1 ? chain : undefined;
}

/** The graphons of a file, each cell the share of edges that are kept there. */
function readDensities(path: string): Map<number, SavedGraphon> {
  const layers = readGraphons(path);
  for (const [index, { graphons }] of layers) {
    for (const graphon of graphons) assertDensities(path, index, graphon);
  }
  return layers;
}

function assertAsManyTaps(
  index: number,
  [path, { graphons }]: readonly [path: string, layer: SavedGraphon],
  [otherPath, other]: readonly [path: string, layer: SavedGraphon],
): void {
  const expected = graphons.length, found = other.graphons.length;
  if (found === expected) return;
  throw new FormatError(
    `${otherPath}: expected graphon.${index} to be of ${expected} tap${expected === 1 ? "" : "s"}, as in ` +
      `${path}, but found ${found}`,
  );
}

function listOf(layers: ReadonlyMap<number, SavedGraphon>): string {
  return `layer${layers.size === 1 ? "" : "s"} ${[...layers.keys()].join(", ")}`;
}
