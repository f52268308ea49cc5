import { DATASET_NAMES, loadDataset } from "@graphon-limit/data";
import { DEFAULT_GRID } from "@graphon-limit/graphon";
import {
  type Activation,
  ACTIVATIONS,
  type Initialiser,
  INITIALISERS,
  type WeightStorage,
} from "@graphon-limit/model";
import { type Pruner, type Schedule, SCHEDULES, type Scope, SCOPES } from "@graphon-limit/pruners";
import type { Command } from "commander";
import { addDatasetFlags } from "../shell/batch_flags.ts";
import type { RegisterAction } from "../shell/main.ts";
import { addMemoryFlag, chooseStorage, type MemoryFlags } from "../shell/memory_flags.ts";
import { methodName, openPruner } from "../shell/method_flag.ts";
import { prepareFolder } from "../shell/output.ts";
import { provenance } from "../shell/provenance.ts";
import { listOf, oneOf, required, sparsity, UsageError, wholeNumber } from "../shell/usage.ts";
import {
  convergenceTable,
  layerWidths,
  rateTable,
  runConvergence,
  writeConvergence,
} from "@graphon-limit/study";
import { formatTable } from "../terminal/table.ts";

interface ConvergeFlags extends MemoryFlags {
  readonly methods: string[];
  readonly widths: number[];
  readonly hidden: number;
  readonly sparsity: number;
  readonly trials: number;
  readonly reference: number;
  readonly layer: number;
  readonly grid: number;
  readonly scope: Scope;
  readonly schedule: Schedule;
  readonly rounds?: number;
  readonly init: Initialiser;
  readonly activation: Activation;
  readonly dataset?: string;
  readonly dataDir?: string;
  readonly samplesPerClass: number;
  readonly out: string;
  readonly limit: boolean;
  readonly png?: boolean;
}

export function addConverge(program: Command, register: RegisterAction): void {
  const command = program.command("converge")
    .description("Measure how the masks of each method converge to a graphon as the width grows.")
    .requiredOption(
      "--methods <list>",
      "methods with commas: random, magnitude, snip, grasp, synflow, ./my_pruner.ts",
      listOf("--methods", methodName),
    )
    .requiredOption(
      "--widths <list>",
      "hidden widths to measure, with commas; every hidden layer has the same",
      listOf("--widths", wholeNumber("each width", 1)),
    )
    .requiredOption(
      "--reference <width>",
      "the width all others are compared with",
      wholeNumber("--reference", 1),
    )
    .requiredOption(
      "--out <folder>",
      "folder for convergence.json, .csv, histograms.npz, figures and report.html",
    )
    .option("--hidden <number>", "hidden layers", wholeNumber("--hidden", 1), 3)
    .option("--sparsity <fraction>", "fraction of weights to remove, in [0, 1)", sparsity, 0.8)
    .option("--trials <number>", "independent networks per method and width", wholeNumber("--trials", 1), 3)
    .option("--layer <index>", "weight matrix to look at, from 0", wholeNumber("--layer", 0), 1)
    .option("--grid <number>", "cells per axis of the histograms", wholeNumber("--grid", 1), DEFAULT_GRID)
    .option("--scope <scope>", SCOPES.join(", "), oneOf("--scope", SCOPES), "global")
    .option("--schedule <name>", SCHEDULES.join(", "), oneOf("--schedule", SCHEDULES), "exponential")
    .option(
      "--rounds <number>",
      "rounds of scoring and pruning (default: each method's own)",
      wholeNumber("--rounds", 1),
    )
    .option("--init <name>", INITIALISERS.join(", "), oneOf("--init", INITIALISERS), "he")
    .option("--activation <name>", ACTIVATIONS.join(", "), oneOf("--activation", ACTIVATIONS), "relu")
    .option(
      "--samples-per-class <number>",
      "samples of each class in a batch",
      wholeNumber("--samples-per-class", 1),
      10,
    );
  command.option(
    "--no-limit",
    "leave out the distance to the method's limit graphon (of random, magnitude, snip, grasp, synflow)",
  );
  command.option("--png", "write the figures as PNG too");
  addMemoryFlag(addDatasetFlags(command)).addHelpText(
    "after",
    "\nExample:\n  deno task cli converge --methods random,snip,synflow --widths 100,500 --reference 1000 \\\n" +
      "    --dataset digits --out out/converge",
  );
  register<ConvergeFlags>(command, async (session, flags) => {
    const name = required("--dataset", flags.dataset, `the images to prune on, ${DATASET_NAMES.join(", ")}`);
    if (flags.layer > flags.hidden) {
      throw new UsageError(
        `Expected --layer to be 0 to ${flags.hidden}, the last weight matrix, but found ${flags.layer}`,
      );
    }
    const pruners = await Promise.all([...new Set(flags.methods)].map(openPruner));
    using _folder = prepareFolder(flags.out);
    const dataset = await loadDataset(name, {
      dataDir: flags.dataDir,
      seed: session.flags.seed,
      onNotice: session.notice,
    });
    const storages = new Map<string, WeightStorage>();
    const place = (pruner: Pruner, widths: readonly number[]) => `${pruner.name} ${widths.join()}`;
    for (const width of new Set([...flags.widths, flags.reference])) {
      const widths = layerWidths({ dataset, hidden: flags.hidden }, width);
      for (const pruner of pruners) {
        const rounds = flags.rounds ?? pruner.rounds ?? 1, samples = flags.samplesPerClass * dataset.classes;
        const demand = { widths, method: pruner.name, samples, rounds, scope: flags.scope };
        storages.set(place(pruner, widths), chooseStorage(session, demand, flags.weightStorage));
      }
    }
    const {
      weightStorage: _storage,
      methods: _methods,
      init: initialiser,
      dataset: _name,
      dataDir: _dataDir,
      out: _out,
      png: _png,
      ...protocol
    } = flags;
    using progress = session.progress(
      pruners.length * new Set([...flags.widths, flags.reference]).size *
        (flags.trials + (flags.limit ? 1 : 0)),
      "trials",
    );
    const result = await runConvergence({
      ...protocol,
      device: session.device,
      pruners,
      initialiser,
      dataset,
      seed: session.seed,
      storage: (pruner, widths) => storages.get(place(pruner, widths)) ?? "kept",
      onUnit: (done, _total, what) => progress.update(done, what),
    });
    progress.done();
    await writeConvergence(
      flags.out,
      result,
      "Convergence of pruning masks",
      provenance(session, "converge", dataset),
      flags.png,
    );
    const table = convergenceTable(result), rates = rateTable(result);
    session.result(
      { rows: result.rows, rates: result.rates, seconds: session.seconds },
      `${formatTable(table.columns, table.rows)}\n\n${
        formatTable(rates.columns, rates.rows)
      }\nreport in ${flags.out}/report.html`,
    );
  });
}
