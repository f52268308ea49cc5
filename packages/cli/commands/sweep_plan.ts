import { readFile } from "node:fs/promises";
import { ioReason, writeFileAtomically } from "@graphon-limit/data";
import { InvalidArgumentError } from "@graphon-limit/runtime";
import {
  COMMON,
  dataRef,
  findExperiments,
  formatPlan,
  type Json,
  Laboratory,
  MemoryStore,
  parseGrid,
  partOfPlan,
  planSweep,
} from "@graphon-limit/study";
import { defineCommand } from "../shell/command.ts";
import {
  countOf,
  EXPERIMENT_FLAGS,
  EXPERIMENT_NAMES,
  experimentNames,
  imagesOf,
  sizesOf,
} from "../shell/experiment_flags.ts";
import { inputFile, optional, outputFile, text } from "../shell/flags.ts";
import { prepareFile } from "../shell/output.ts";
import { openDataset } from "../shell/dataset_flags.ts";
import { UsageError } from "../shell/usage.ts";
import { forecastOn } from "../sweep/forecast.ts";
import { openStore } from "../sweep/open_sweep.ts";
import { print } from "../terminal/print.ts";

export const sweepPlan = defineCommand({
  name: "sweep plan",
  summary: "Write down every task of some experiments, or of a grid of your own, a line of JSON each.",
  words: { placeholder: "[experiments...]", help: EXPERIMENT_NAMES, fallback: [] },
  flags: {
    ...EXPERIMENT_FLAGS,
    grid: inputFile("a grid of your own: JSON with a kind, lists of values for its parameters, and trials"),
    store: optional("<folder>", "folder with tasks done: says how many there are already", text, {
      access: "read",
    }),
    out: outputFile("file for the plan (default: standard output)"),
  },
  note: "Tasks are named by what they compute: the same one in another plan is not done again.",
  examples: [
    "sweep plan F1 R1 --trials 100 --dataset mnist --out tasks.jsonl",
    "sweep plan --grid grid.json --dataset digits > tasks.jsonl",
  ],
  async run(session, flags, words) {
    if (words.length === 0 && flags.grid === undefined) {
      throw new UsageError("Expected experiments, --grid, or both, but found none");
    }
    if (session.flags.json && flags.out === undefined) {
      throw new UsageError("Expected --out with --json: otherwise standard output is the plan's; found none");
    }
    const experiments = words.length === 0 ? [] : findExperiments(experimentNames(words)).map(({ id }) => id);
    const { seed } = session.flags, images = imagesOf(flags), count = countOf(images, flags);
    const grid = flags.grid === undefined ? null : parseGrid(await readJson(flags.grid), seed, flags.grid);
    using _file = flags.out === undefined ? undefined : prepareFile(flags.out);
    const dataset = await openDataset(session, images, "the images to work on", { count });
    const ref = await dataRef(dataset);
    const planned = await planSweep({
      images: {
        ...{ dataset: dataset.name, count: count ?? null, seed, normalise: images.normalise as Json },
        local: images.dataDir !== undefined,
      },
      experiments,
      grid,
      scale: { ...sizesOf(flags), common: { ...COMMON, data: ref, seed } },
    });
    const store = flags.store === undefined ? undefined : openStore(session, flags.store);
    using lab = new Laboratory({
      device: session.device,
      store: store ?? new MemoryStore(),
      data: { ref, dataset },
    });
    const { tasks, done, missing, seconds, basis, memory, line } = await forecastOn(lab, planned.tasks);
    const plan = await partOfPlan(planned, tasks);
    const lines = [`${tasks.length} tasks, ${done} done`, ...(line === undefined ? [] : [line])];
    if (flags.out === undefined) {
      print(formatPlan(plan).trimEnd());
      for (const line of lines) session.say(line);
      return;
    }
    writeFileAtomically(flags.out, formatPlan(plan));
    const numbers = { tasks: tasks.length, done, missing: missing.length, secondsLeft: seconds, memory };
    session.result({ plan: plan.digest, ...numbers, basis, seconds: session.seconds }, lines.join("\n"));
  },
});

async function readJson(path: string): Promise<Json> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    const reason = error instanceof SyntaxError ? "that it is no JSON" : ioReason(error);
    throw new InvalidArgumentError(`${path}: expected a grid in JSON but found ${reason}`);
  }
}
