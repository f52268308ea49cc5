import {
  COMMON,
  findExperiments,
  formatDuration,
  plannedTasks,
  runExperiments,
  type Scale,
  writeFindings,
} from "@graphon-limit/study";
import { defineCommand } from "../shell/command.ts";
import { openDataset } from "../shell/dataset_flags.ts";
import {
  countOf,
  EXPERIMENT_FLAGS,
  EXPERIMENT_NAMES,
  experimentNames,
  imagesOf,
  sizesOf,
} from "../shell/experiment_flags.ts";
import { text, withDefault } from "../shell/flags.ts";
import { prepareFolder } from "../shell/output.ts";
import { HEADING, verdictsOf, verdictTable } from "../shell/findings.ts";
import { provenance } from "../shell/provenance.ts";
import { forecastOn } from "../sweep/forecast.ts";
import { openLab, watchTasks } from "../shell/study_lab.ts";

const REPRODUCE_FLAGS = {
  ...EXPERIMENT_FLAGS,
  out: withDefault(
    "<folder>",
    "folder for the report, the numbers, and the tasks done",
    text,
    "out/reproduce",
    {
      access: "write",
    },
  ),
};

export const reproduce = defineCommand({
  name: "reproduce",
  summary: "The experiments of the paper and its reviews, resumable, into one report.",
  words: {
    placeholder: "[experiments...]",
    help: EXPERIMENT_NAMES,
    fallback: ["all"],
  },
  flags: REPRODUCE_FLAGS,
  note:
    "A run that was stopped goes on where it was; one with more trials or widths computes what is missing.",
  examples: [
    "reproduce all --quick",
    "reproduce F3 R2 R7 --sparsities 0.8,0.95 --dataset mnist --out out/kernels",
  ],
  async run(session, flags, words) {
    const experiments = findExperiments(experimentNames(words));
    const images = imagesOf(flags);
    using _folder = prepareFolder(flags.out);
    const { seed } = session.flags;
    const dataset = await openDataset(session, images, "the images to work on", {
      count: countOf(images, flags),
    });
    using lab = await openLab(session, flags.out, dataset);
    using watch = watchTasks(session);
    const scale: Scale = { ...sizesOf(flags), common: { ...COMMON, data: lab.data, seed } };
    const tasks = await plannedTasks(experiments.flatMap((experiment) => experiment.tasks(scale)));
    const { line } = await forecastOn(lab, tasks);
    if (line !== undefined) session.say(line);
    await session.heed();
    const { findings, seconds } = await runExperiments(lab, experiments, scale, watch);
    await session.heed();
    await writeFindings(flags.out, findings, {
      ...HEADING,
      provenance: { ...provenance(session, dataset), "time of all tasks": formatDuration(seconds) },
    });
    session.result(
      { experiments: verdictsOf(findings), seconds: session.seconds },
      `${verdictTable(findings)}\nreport in ${flags.out}/report.html`,
    );
  },
});
