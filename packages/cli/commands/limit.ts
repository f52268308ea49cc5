import { writeFileAtomically } from "@graphon-limit/data";
import { DEFAULT_GRID, fanInMoments, StepGraphon } from "@graphon-limit/graphon";
import { DEFAULT_POSITIONS, type Limit, LIMITS, takesRounds } from "@graphon-limit/limit";
import { activationGain, ACTIVATIONS, INITIALISERS } from "@graphon-limit/model";
import { SCHEDULES, SCOPES } from "@graphon-limit/pruners";
import { show } from "@graphon-limit/runtime";
import { type Command, Option } from "commander";
import { addBatchFlags } from "../shell/batch_flags.ts";
import { WHICH_LAYERS } from "../shell/graphon_source.ts";
import {
  assertLimitFlags,
  findLayers,
  type FoundLayer,
  type LimitFlags,
  readSizes,
  type Sizes,
  weightVariance,
} from "../shell/limit_source.ts";
import type { RegisterAction } from "../shell/main.ts";
import { prepareFile } from "../shell/output.ts";
import type { Session } from "../shell/session.ts";
import { number, oneOf, sparsity, UsageError, wholeNumber } from "../shell/usage.ts";
import { saveFigure } from "@graphon-limit/figures";
import { formatNumber } from "@graphon-limit/study";
import { formatTable } from "../terminal/table.ts";
import { assertFigureName, beginGraphons, graphonFigure } from "./graphon.ts";
import { FAN_IN } from "./ntk.ts";

export function addLimit(program: Command, register: RegisterAction): void {
  const methods = [...LIMITS.keys()];
  const command = program.command("limit")
    .description(
      "Compute the limit graphons of a pruning method, at n = ∞ or at a width, without any network.",
    )
    .requiredOption("--method <name>", methods.join(", "), oneOf("--method", methods))
    .requiredOption("--sparsity <fraction>", "fraction of weights to remove, in [0, 1)", sparsity)
    .requiredOption(
      "--out <file>",
      "safetensors file for the graphons: graphon.<i> and standard_error.<i>, F32 [K, K]; " +
        "with --layers network graphon.<i> alone, by types",
    )
    .addOption(
      new Option("--width <number>", "hidden width, or infinity").argParser(parseWidth)
        .default(Infinity, "infinity"),
    )
    .option("--hidden <number>", "hidden layers", wholeNumber("--hidden", 1), 3)
    .option("--inputs <number>", "inputs (default: the samples', else 784)", wholeNumber("--inputs", 1))
    .option("--classes <number>", "classes (default: the data set's, else 10)", wholeNumber("--classes", 1))
    .option("--activation <name>", ACTIVATIONS.join(", "), oneOf("--activation", ACTIVATIONS), "relu")
    .option("--init <name>", INITIALISERS.join(", "), oneOf("--init", INITIALISERS), "he")
    .option(
      "--weight-variance <number>",
      "σ_w² of --init ntk (default: 1)",
      number("--weight-variance", "a positive number", (value) => value > 0),
    )
    .option("--scope <scope>", SCOPES.join(", "), oneOf("--scope", SCOPES), "global")
    .option("--schedule <name>", SCHEDULES.join(", "), oneOf("--schedule", SCHEDULES), "exponential")
    .option(
      "--rounds <number>",
      describeRounds(),
      wholeNumber("--rounds", 1),
    )
    .option(
      "--types <number>",
      `neurons sampled of each hidden layer (default: ${describeTypes()}; with --layers network ${DEFAULT_POSITIONS})`,
      wholeNumber("--types", 1),
    )
    .option(
      "--repetitions <number>",
      "independent repetitions to average (default: 4)",
      wholeNumber("--repetitions", 1),
    )
    .option("--grid <number>", "cells per axis", wholeNumber("--grid", 1), DEFAULT_GRID)
    .option(
      "--layers <which>",
      "hidden (hidden→hidden layers), all, or network (all, neurons in one order, as ntk --graphons takes)",
      oneOf("--layers", WHICH_LAYERS),
      "hidden",
    )
    .option(
      "--second-moments <which>",
      "safetensors file for E[w² · kept] / σ² of the weights that made the masks, named as the graphons; or fan-in: " +
        "those of weights drawn anew by each neuron's kept inputs, second_moment.<i> in --out",
    )
    .option("--figure <file>", "heat maps as .svg or .png, sorted by degree");
  addBatchFlags(command).addHelpText(
    "after",
    "\nExamples:\n  deno task cli limit --method snip --sparsity 0.8 --dataset digits --out out/limit.safetensors \\\n" +
      "    --figure out/limit.svg\n" +
      "  deno task cli limit --method synflow --sparsity 0.8 --width 512 --layers network \\\n" +
      "    --out out/limit.safetensors --second-moments out/moments.safetensors",
  );
  register<LimitFlags>(command, async (session, flags) => {
    assertFigureName(flags.figure);
    assertLimitFlags(flags);
    const { sizes, samples } = await readSizes(session, flags);
    using _out = prepareFile(flags.out);
    using _moments = momentsFile(flags) === undefined ? undefined : prepareFile(flags.secondMoments!);
    using _figure = flags.figure === undefined ? undefined : prepareFile(flags.figure);
    const layers = await findLayers(session, flags, sizes, samples);
    await writeLayers(flags, layers);
    report(session, flags, sizes, layers);
  });
}

function describeRounds(): string {
  const limits = [...LIMITS.values()],
    names = (of: Limit[]) => of.map(({ method }) => method.name).join(" and ");
  const defaults = byMethod(limits, ({ method }) => method.rounds ?? 1);
  const single = limits.filter((limit) => !takesRounds(limit, 2));
  return `rounds (default: ${defaults}; ${names(single)} have the limit of one)`;
}

function describeTypes(): string {
  return byMethod([...LIMITS.values()].filter(({ exact }) => !exact), ({ types }) => types);
}

/** A number that most methods share, and those that others have: `1, 100 for synflow`. */
function byMethod(limits: readonly Limit[], numberOf: (limit: Limit) => number): string {
  const [first] = limits, common = numberOf(first);
  const others = limits.filter((limit) => numberOf(limit) !== common);
  return [common, ...others.map((limit) => `${numberOf(limit)} for ${limit.method.name}`)].join(", ");
}

function parseWidth(text: string): number {
  if (text === "infinity") return Infinity;
  if (/^\s*\d+\s*$/.test(text) && Number.isSafeInteger(Number(text)) && Number(text) > 0) return Number(text);
  throw new UsageError(
    `Expected --width to be infinity or a whole number of at least 1 but found ${show(text)}`,
  );
}

/** Where the second moments of kept weights go, if anywhere. */
function momentsFile({ secondMoments }: LimitFlags): string | undefined {
  return secondMoments === FAN_IN ? undefined : secondMoments;
}

/** Writes all files or, where one fails, none: the figure, whose drawing may fail, comes first. */
async function writeLayers(flags: LimitFlags, layers: readonly FoundLayer[]): Promise<void> {
  const fanIn = flags.secondMoments === FAN_IN ? fanInMoments(layers.map(({ graphon }) => graphon)) : [];
  const path = momentsFile(flags);
  using graphons = beginGraphons(
    flags.out,
    layers.flatMap(({ index, graphon, more }, at) => [
      { ...graphon, name: `graphon.${index}` },
      ...(fanIn[at] ? [{ ...fanIn[at], name: `second_moment.${index}` }] : []),
      ...(more?.standardError
        ? [{ ...graphon, name: `standard_error.${index}`, values: more.standardError }]
        : []),
    ]),
  );
  using moments = path === undefined ? undefined : beginGraphons(
    path,
    layers.map(({ index, secondMoment }) => ({ ...secondMoment, name: `graphon.${index}` })),
  );
  if (flags.figure !== undefined) {
    const maps = layers.map(({ index, graphon }) => ({
      name: `layer ${index}`,
      graphon: flags.layers === "network" ? byDegree(graphon) : graphon,
    }));
    await saveFigure(flags.figure, graphonFigure(flags.method, maps, flags.grid), writeFileAtomically);
  }
  moments?.close();
  graphons.close();
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
  const layers = found.map(({ index, graphon, density, more }) => {
    const [min, max] = graphon.range, shape = [graphon.rows, graphon.cols];
    return { index, shape, density, min, max, ...(more ? fractionsOf(more) : {}) };
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
      network: { ...sizes, hidden, width: width === Infinity ? "infinity" : width, activation, init },
      weightVariance: variance,
      device: session.device.info.kind,
      layers,
      seconds: session.seconds,
    },
    formatTable(titles.map((title) => ({ title, align: "right" as const })), rows) +
      `\n${method} at n = ${formatNumber(width)}: graphons in ${out}` +
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
