import { show } from "@graphon-limit/runtime";
import { EXPERIMENTS, FULL_SCALE, QUICK_SCALE, type Sizes } from "@graphon-limit/study";
import { assertDatasetFlags, DATASET_FLAGS, type DatasetFlags } from "./dataset_flags.ts";
import { optional, toggle, type Values } from "./flags.ts";
import { listOf, MOST, sparsity, UsageError, wholeNumber } from "./usage.ts";

/** The experiments there are, as the help lists them. */
export const EXPERIMENT_NAMES: string = `${EXPERIMENTS.map(({ id }) => id).join(", ")}, or all`;

/** How large experiments are, and on which images. */
export const EXPERIMENT_FLAGS = {
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
  ...DATASET_FLAGS,
};

export type ExperimentFlags = Values<typeof EXPERIMENT_FLAGS>;

/** Images that are generated where no data set is asked for, as `--quick` allows. */
const QUICK_IMAGES = 2000;

/** How many of the images are taken; all where undefined. */
export function countOf({ dataset }: DatasetFlags, { quick }: ExperimentFlags): number | undefined {
  return dataset === "digits" && quick ? QUICK_IMAGES : undefined;
}

/** The data set that the flags name: generated digits with --quick, where none is named. */
export function imagesOf(flags: ExperimentFlags): DatasetFlags {
  const images = {
    ...flags,
    ...(flags.quick && flags.dataset === undefined ? { dataset: "digits" as const } : {}),
  };
  assertDatasetFlags(images);
  return images;
}

/** The words of the command line that name experiments. */
export function experimentNames(words: readonly string[]): readonly string[] {
  const known = [...EXPERIMENTS.map(({ id }) => id), "all"];
  for (const word of words) {
    if (!known.some((id) => id.toLowerCase() === word.toLowerCase())) {
      throw new UsageError(`Expected experiments of ${known.join(", ")} but found ${show(word)}`);
    }
  }
  return words;
}

/** The sizes that the flags ask for. */
export function sizesOf(flags: ExperimentFlags): Sizes {
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
