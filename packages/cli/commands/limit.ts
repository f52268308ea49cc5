import { FileSet } from "@graphon-limit/data";
import { saveFigure } from "@graphon-limit/figures";
import { fanInMoments, SORTED_BY_LAYER, StepGraphon } from "@graphon-limit/graphon";
import { activationGain } from "@graphon-limit/model";
import { formatNumber } from "@graphon-limit/study";
import { defineCommand } from "../shell/command.ts";
import {
  assertLimitFlags,
  FAN_IN,
  findLayers,
  type FoundLayer,
  LIMIT_FLAGS,
  type LimitFlags,
  momentsFile,
  readSizes,
  type Sizes,
  weightVariance,
  writesSigns,
} from "../shell/limit_source.ts";
import { keptCells, lawMetadata, leaveOutSigns, momentsMetadata } from "../shell/limit_files.ts";
import { prepareFile } from "../shell/output.ts";
import type { Session } from "../shell/session.ts";
import { formatTable } from "../terminal/table.ts";
import { graphonFigure, prepareFigure, writeGraphons } from "../shell/graphon_files.ts";

export const limit = defineCommand({
  name: "limit",
  summary: "Compute the limit graphons of a pruning method, at n = ∞ or at a width, without any network.",
  flags: LIMIT_FLAGS,
  examples: [
    "limit --method snip --sparsity 0.8 --dataset digits --out out/limit.safetensors \\\n" +
    "--figure out/limit.svg",
    "limit --method synflow --sparsity 0.8 --width 512 --layers network \\\n" +
    "--out out/limit.safetensors --second-moments out/moments.safetensors",
  ],
  async run(session, flags) {
    await prepareFigure(flags.figure);
    assertLimitFlags(flags);
    const { sizes, samples } = await readSizes(session, flags);
    using _out = prepareFile(flags.out);
    using _moments = momentsFile(flags) === undefined ? undefined : prepareFile(flags.secondMoments!);
    using _figure = flags.figure === undefined ? undefined : prepareFile(flags.figure);
    const layers = await findLayers(session, flags, sizes, samples);
    await session.heed();
    await writeLayers(flags, layers);
    noticeFewKept(session, flags);
    if (writesSigns(flags) && layers.some(({ drawn }) => drawn === undefined)) {
      session.notice(`second moments ${leaveOutSigns(flags.method)}`);
    }
    report(session, flags, sizes, layers);
  },
});

/** Of so many kept weights a neuron on, SynFlow's finite order has layers as dense as networks to a hundredth (docs/results/limit_densities.md). */
const MANY_KEPT = 10;

/** Says where SynFlow keeps so few weights of a neuron that its limit is known to be off. */
function noticeFewKept(session: Session, { method, width, order, sparsity }: LimitFlags): void {
  const kept = width * (1 - sparsity);
  const finite = width < Infinity && order !== "strict";
  if (method !== "synflow" || !finite || sparsity === 0 || kept >= MANY_KEPT) return;
  const about = Number(kept.toPrecision(2));
  session.notice(
    `synflow keeps about ${about} weights of a neuron at n = ${width}: where it keeps fewer than ${MANY_KEPT}, layers of its ` +
      "limit were up to 4 % denser or sparser than networks', and up to 13 % with fewer than 3",
  );
}

/** Writes all files or, where one fails, none. */
async function writeLayers(flags: LimitFlags, layers: readonly FoundLayer[]): Promise<void> {
  const fanIn = flags.secondMoments === FAN_IN ? fanInMoments(layers.map(({ graphon }) => graphon)) : [];
  const path = momentsFile(flags);
  using files = new FileSet();
  writeGraphons(
    files,
    flags.out,
    layers,
    layers.flatMap(({ index, graphon, more }, at) => [
      { ...graphon, name: `graphon.${index}` },
      ...(fanIn[at] ? [{ ...fanIn[at], name: `second_moment.${index}` }] : []),
      ...(more?.standardError
        ? [{ ...graphon, name: `standard_error.${index}`, values: more.standardError }]
        : []),
    ]),
    {
      ...lawMetadata({ weightVariance: weightVariance(flags), activation: flags.activation }),
      ...(flags.layers === "network" ? {} : SORTED_BY_LAYER),
    },
  );
  if (path !== undefined) {
    const signs = writesSigns(flags);
    const moments = layers.flatMap(({ index, secondMoment, drawn }) => [
      { ...secondMoment, name: `graphon.${index}` },
      ...(signs && drawn ? [keptCells(index, drawn)] : []),
    ]);
    const graphons = layers.map(({ graphon }) => graphon);
    const metadata = momentsMetadata(graphons, signs ? flags.method : undefined);
    writeGraphons(files, path, layers, moments, metadata);
  }
  if (flags.figure !== undefined) {
    const maps = layers.map(({ index, graphon }) => ({
      name: `layer ${index}`,
      graphon: flags.layers === "network" ? byDegree(graphon) : graphon,
    }));
    await saveFigure(flags.figure, graphonFigure(flags.method, maps, flags.grid), files.write);
  }
  files.close();
}

/** A graphon with both axes sorted by descending degree. */
function byDegree(graphon: StepGraphon): StepGraphon {
  const { rows, cols, values } = graphon, { outputs, inputs } = graphon.degrees();
  const order = (degrees: Float64Array) =>
    [...degrees.keys()].sort((a, b) => degrees[b] - degrees[a] || a - b);
  const columns = order(inputs);
  return new StepGraphon(
    rows,
    cols,
    Float64Array.from(order(outputs).flatMap((row) => columns.map((column) => values[row * cols + column]))),
  );
}

function report(session: Session, flags: LimitFlags, sizes: Sizes, found: readonly FoundLayer[]): void {
  const { method, sparsity, scope, activation, init, width, hidden, out, secondMoments } = flags;
  const { order = width === Infinity ? "strict" : "finite" } = flags;
  const layers = found.map(({ index, name, graphon, density, more }) => {
    const [min, max] = graphon.range, shape = [graphon.rows, graphon.cols];
    return { index, name, shape, density, min, max, ...(more ? fractionsOf(more) : {}) };
  });
  const variance = secondMoments === FAN_IN ? activationGain(activation) : weightVariance(flags);
  const network = flags.layers === "network";
  const titles = network ? ["layer", "shape", "density", "least cell", "largest cell"] : [
    "layer",
    "density",
    "least cell",
    "largest cell",
    "dead inputs",
    "dead outputs",
    "largest standard error",
  ];
  const rows = layers.map(({ index, shape, density, min, max, deadInputs, deadOutputs, standardError }) => {
    // Between zero and a probability of 1e−35 there is no difference to a reader.
    const cells = [formatNumber(density), min < 1e-4 ? "<0.0001" : formatNumber(min), formatNumber(max)];
    if (network) return [index, shape.join("×"), ...cells];
    return [index, ...cells, ...[deadInputs, deadOutputs, standardError].map((x) => formatNumber(x ?? NaN))];
  });
  session.result(
    {
      method,
      sparsity,
      scope,
      order,
      ...(flags.cells === "area" ? {} : { cells: flags.cells }),
      network: { ...sizes, hidden, width: width === Infinity ? "infinity" : width, activation, init },
      weightVariance: variance,
      device: session.device.info.kind,
      layers,
      seconds: session.seconds,
    },
    formatTable(titles.map((title) => ({ title, align: "right" as const })), rows) +
      `\n${method} at n = ${formatNumber(width)}, ${order}: graphons in ${out}` +
      (secondMoments === undefined
        ? ""
        : `, second moments ${
          secondMoments === FAN_IN ? `by ${FAN_IN} beside them` : `in ${secondMoments}`
        }`) +
      (network ? `; for ntk, --weight-variance ${formatNumber(variance)} --activation ${activation}` : ""),
  );
}

/** What is reported beside a layer's cells; of the cells' errors the largest, `null` for a single repetition. */
function fractionsOf({ deadInputs, deadOutputs, standardError }: NonNullable<FoundLayer["more"]>) {
  const largest = standardError?.reduce((most, value) => Math.max(most, value), 0) ?? null;
  return { deadInputs, deadOutputs, standardError: largest };
}
