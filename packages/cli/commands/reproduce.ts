import { show } from "@graphon-limit/runtime";
import {
  COMMON,
  EXPERIMENTS,
  findExperiments,
  type Finding,
  formatDuration,
  FULL_SCALE,
  QUICK_SCALE,
  runExperiments,
  type Scale,
  type Sizes,
  writeFindings,
} from "@graphon-limit/study";
import { defineCommand } from "../shell/command.ts";
import { assertDatasetFlags, DATASET_FLAGS, type DatasetFlags, openDataset } from "../shell/dataset_flags.ts";
import { optional, text, toggle, type Values, withDefault } from "../shell/flags.ts";
import { prepareFolder } from "../shell/output.ts";
import { provenance } from "../shell/provenance.ts";
import { openLab, watchTasks } from "../shell/study_lab.ts";
import { listOf, MOST, sparsity, UsageError, wholeNumber } from "../shell/usage.ts";
import { formatTable } from "../terminal/table.ts";

const REPRODUCE_FLAGS = {
  quick: toggle("small widths, few trials, generated digits unless --dataset: some minutes on two cores"),
  trials: optional(
    "<number>",
    "independent networks per configuration (default: the paper's number)",
    wholeNumber(1, MOST.repeats),
  ),
  kernelTrials: optional(
    "<number>",
    "the same of the experiments on kernels (default: --trials)",
    wholeNumber(1, MOST.repeats),
  ),
  trainingTrials: optional(
    "<number>",
    "the same of the experiments on training (default: --trials)",
    wholeNumber(1, MOST.repeats),
  ),
  widths: optional(
    "<list>",
    "widths of the experiments on graphons; the last one is what the others are compared with",
    listOf(wholeNumber(1), 2),
  ),
  sparsities: optional("<list>", "sparsities of the experiments", listOf(sparsity)),
  kernelSparsities: optional(
    "<list>",
    "sparsities of the experiments on kernels, which take longest (default: --sparsities)",
    listOf(sparsity),
  ),
  width: optional(
    "<number>",
    "hidden width of networks that are trained or whose kernels are taken; R3 doubles it",
    wholeNumber(1),
  ),
  samples: optional("<number>", "inputs of the kernels; R3 halves it", wholeNumber(16, MOST.samples)),
  out: withDefault(
    "<folder>",
    "folder for the report, the numbers, and the tasks done",
    text,
    "out/reproduce",
    {
      access: "write",
    },
  ),
  ...DATASET_FLAGS,
};

type ReproduceFlags = Values<typeof REPRODUCE_FLAGS>;

/** Images that are generated where no data set is asked for, as `--quick` allows. */
const QUICK_IMAGES = 2000;

export const reproduce = defineCommand({
  name: "reproduce",
  summary: "The experiments of the paper and its reviews, resumable, into one report.",
  words: {
    placeholder: "[experiments...]",
    help: `${EXPERIMENTS.map(({ id }) => id).join(", ")}, or all`,
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
      count: images.dataset === "digits" && flags.quick ? QUICK_IMAGES : undefined,
    });
    using lab = await openLab(session, flags.out, dataset);
    using watch = watchTasks(session);
    const scale: Scale = { ...sizesOf(flags), common: { ...COMMON, data: lab.data, seed } };
    const { findings, seconds } = await runExperiments(lab, experiments, scale, watch);
    await session.heed();
    await writeFindings(flags.out, findings, {
      title: "The graphon limit hypothesis, reproduced",
      subtitle:
        "Pham, Ta, Jacobs, Burkholz, Tran-Thanh, NeurIPS 2025: figures, tables and claims, the paper's numbers " +
        "beside those of this run.",
      provenance: {
        ...provenance(session, dataset),
        "time of all tasks": formatDuration(seconds),
      },
    });
    session.result(
      {
        experiments: findings.map(({ experiment: { id }, outcome: { verdicts }, seconds }) => ({
          id,
          verdicts,
          seconds,
        })),
        seconds: session.seconds,
      },
      `${verdictTable(findings)}\nreport in ${flags.out}/report.html`,
    );
  },
});

/** The data set that the flags name: generated digits with --quick, where none is named. */
function imagesOf(flags: ReproduceFlags): DatasetFlags {
  const images = {
    ...flags,
    ...(flags.quick && flags.dataset === undefined ? { dataset: "digits" as const } : {}),
  };
  assertDatasetFlags(images);
  return images;
}

/** The words of the command line that name experiments. */
function experimentNames(words: readonly string[]): readonly string[] {
  const known = [...EXPERIMENTS.map(({ id }) => id), "all"];
  for (const word of words) {
    if (!known.some((id) => id.toLowerCase() === word.toLowerCase())) {
      throw new UsageError(`Expected experiments of ${known.join(", ")} but found ${show(word)}`);
    }
  }
  return words;
}

/** The sizes that the flags ask for. */
function sizesOf(flags: ReproduceFlags): Sizes {
  const { quick, trials, widths, sparsities, kernelSparsities = sparsities, width, samples } = flags;
  const { kernelTrials = trials, trainingTrials = trials } = flags;
  return {
    ...(quick ? QUICK_SCALE : FULL_SCALE),
    ...(trials ? { graphonTrials: trials } : {}),
    ...(kernelTrials ? { kernelTrials } : {}),
    ...(trainingTrials ? { trainingTrials } : {}),
    ...(widths ? { widths, widthsR1: widths } : {}),
    ...(sparsities ? { trainingSparsities: sorted(sparsities), graphonSparsities: sorted(sparsities) } : {}),
    ...(kernelSparsities ? { kernelSparsities: sorted(kernelSparsities) } : {}),
    ...(width ? { width, widthR3: 2 * width } : {}),
    ...(samples ? { samples, samplesR3: Math.ceil(samples / 2) } : {}),
  };
}

function sorted(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

/** One line for every verdict. */
function verdictTable(findings: readonly Finding[]): string {
  const rows = findings.flatMap(({ experiment: { id }, outcome: { verdicts } }) =>
    verdicts.map(({ verdict, claim }) => [id, verdict, claim])
  );
  if (rows.length === 0) return "no claim is decided by these experiments";
  return formatTable([{ title: "" }, { title: "verdict" }, { title: "claim" }], rows);
}
