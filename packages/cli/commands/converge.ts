import { loadRaster } from "@graphon-limit/figures";
import { DEFAULT_GRID } from "@graphon-limit/graphon";
import { LIMIT_ORDERS } from "@graphon-limit/limit";
import { ACTIVATIONS, INITIALISERS } from "@graphon-limit/model";
import { METHODS, SCHEDULES, SCOPES } from "@graphon-limit/pruners";
import {
  convergenceFindings,
  convergenceTable,
  pruningDemand,
  rateTable,
  runConvergence,
  writeConvergence,
} from "@graphon-limit/study";
import { SAMPLES_FLAG } from "../shell/batch_flags.ts";
import { defineCommand } from "../shell/command.ts";
import {
  ARCHITECTURE_FLAGS,
  architectureSizes,
  assertArchitectureFlags,
  convergeArchitectures,
  USUAL_LAYER,
} from "../shell/converge_architectures.ts";
import { assertDatasetFlags, DATASET_FLAGS, openDataset } from "../shell/dataset_flags.ts";
import { optional, required, text, toggle, unless, withDefault } from "../shell/flags.ts";
import { chooseStorage, MEMORY_FLAGS } from "../shell/memory_flags.ts";
import { assertTakes, METHOD_NAMES, methodName, moduleDigest, openMethod } from "../shell/method_flag.ts";
import { prepareFolder } from "../shell/output.ts";
import { provenance } from "../shell/provenance.ts";
import { openLab, watchTasks } from "../shell/study_lab.ts";
import { listOf, MOST, number, oneOf, UsageError, wholeNumber } from "../shell/usage.ts";
import { formatTable } from "../terminal/table.ts";

/** Where nothing is removed all masks are alike, and there is nothing to converge. */
const someSparsity = number(
  "a number above 0, where there are masks to compare, and below 1",
  (value) => value > 0 && value < 1,
);

export const converge = defineCommand({
  name: "converge",
  summary: "Measure how the masks of each method converge to a graphon as the width grows.",
  flags: {
    methods: required("<list>", `methods with commas: ${METHOD_NAMES}, ./my_pruner.ts`, listOf(methodName)),
    widths: required(
      "<list>",
      "hidden widths to measure, with commas; every hidden layer has the same",
      listOf(wholeNumber(1)),
    ),
    reference: required("<width>", "the width all others are compared with", wholeNumber(1)),
    out: required(
      "<folder>",
      "folder for convergence.json, .csv, histograms.npz, figures, report.html, and the tasks done",
      text,
      { access: "write" },
    ),
    ...ARCHITECTURE_FLAGS,
    hidden: withDefault("<number>", "hidden layers", wholeNumber(1, MOST.layers), 3),
    sparsity: withDefault("<fraction>", "fraction of weights to remove, in (0, 1)", someSparsity, 0.8),
    trials: withDefault(
      "<number>",
      "independent networks per method and width",
      wholeNumber(1, MOST.repeats),
      3,
    ),
    layer: withDefault("<index>", "weight matrix to look at, from 0", wholeNumber(0), USUAL_LAYER),
    grid: withDefault(
      "<number>",
      "cells per axis of the histograms",
      wholeNumber(1, MOST.cells),
      DEFAULT_GRID,
    ),
    scope: withDefault("<scope>", SCOPES.join(", "), oneOf(SCOPES), "global"),
    schedule: withDefault("<name>", SCHEDULES.join(", "), oneOf(SCHEDULES), "exponential"),
    rounds: optional(
      "<number>",
      "rounds of scoring and pruning (default: each method's own)",
      wholeNumber(1),
    ),
    init: withDefault("<name>", INITIALISERS.join(", "), oneOf(INITIALISERS), "he"),
    activation: withDefault("<name>", ACTIVATIONS.join(", "), oneOf(ACTIVATIONS), "relu"),
    ...SAMPLES_FLAG,
    limit: unless("leave out the distance to the method's limit graphon, where that is known"),
    order: withDefault(
      "<order>",
      "of that limit: strict (what stays as the width grows) or finite (what one width's networks add, too)",
      oneOf(LIMIT_ORDERS),
      "finite",
    ),
    png: toggle("write the figures as PNG too"),
    ...MEMORY_FLAGS,
    ...DATASET_FLAGS,
  },
  note:
    "A run that was stopped goes on where it was; one with more trials or widths computes what is missing.",
  examples: [
    "converge --methods random,snip,synflow --widths 100,500 --reference 1000 \\\n" +
    "--dataset digits --out out/converge",
    "converge --network vit --methods random,snip,synflow --widths 32,64 --reference 128 --hidden 2 \\\n" +
    "--dataset digits --out out/converge-vit",
  ],
  async run(session, flags) {
    assertDatasetFlags(flags);
    assertArchitectureFlags(flags);
    if (flags.png) await loadRaster();
    if (flags.layer > flags.hidden) {
      throw new UsageError(
        `Expected --layer to be 0 to ${flags.hidden}, the last weight matrix, but found ${flags.layer}`,
      );
    }
    const { sparsity, hidden, scope, schedule, rounds = null, samplesPerClass, activation } = flags;
    const { widths, reference, layer, trials, grid, limit, order, init: initialiser } = flags;
    const { own, methods } = await openMethods(flags.methods, flags);
    using _folder = prepareFolder(flags.out);
    const { seed } = session.flags;
    const dataset = await openDataset(session, flags, "the images to prune on");
    using lab = await openLab(session, flags.out, dataset, {
      methods: own,
      storage: (demand) => chooseStorage(session, demand, flags.weightStorage),
    });
    const protocol = { hidden, sparsity, scope, schedule, rounds, samplesPerClass, initialiser, activation };
    if (flags.network !== "mlp") {
      const { hidden: depth, ...shared } = protocol, { network: architecture } = flags;
      const network = {
        ...shared,
        depth,
        architecture,
        grid,
        data: lab.data,
        seed,
        ...architectureSizes(flags),
      };
      const asked = { network, methods, widths, reference, trials };
      return await convergeArchitectures(session, lab, asked, { out: flags.out, dataset, png: flags.png });
    }
    const question = {
      network: { ...protocol, data: lab.data, seed },
      ...{ methods, widths, reference, layer, trials, grid, limit, order },
    };
    // Before anything is computed: a width that does not fit is better known now.
    for (const width of [...widths, reference]) {
      for (const method of methods) {
        lab.storage(pruningDemand(lab, { ...question.network, ...method, width }));
      }
    }
    using watch = watchTasks(session);
    const result = await runConvergence(lab, question, watch);
    await session.heed();
    await writeConvergence(
      flags.out,
      result,
      "Convergence of pruning masks",
      provenance(session, dataset),
      flags.png,
    );
    const table = convergenceTable(result), rates = rateTable(result), findings = convergenceFindings(result);
    session.result(
      { rows: result.rows, rates: result.rates, findings, seconds: session.seconds },
      [
        formatTable(table.columns, table.rows),
        ...(rates.rows.length > 0 ? ["", formatTable(rates.columns, rates.rows)] : []),
        ...["", ...findings, `report in ${flags.out}/report.html`],
      ].join("\n"),
    );
  },
});

/** The methods of the flag, each once, as tasks name them, and those of them that are the user's own. */
async function openMethods(names: readonly string[], flags: Parameters<typeof assertTakes>[1]) {
  const opened = await Promise.all(
    [...new Set(names)].map(async (name) => {
      const method = await openMethod(name);
      assertTakes(method, flags);
      const known = METHODS.get(name) === method;
      const named = { method: method.name, ...(known ? {} : { module: await moduleDigest(name) }) };
      return { known, method, named };
    }),
  );
  return {
    own: opened.filter(({ known }) => !known).map(({ method }) => method),
    methods: opened.map(({ named }) => named),
  };
}
