import { DATASET_NAMES, loadDataset } from "@graphon-limit/data";
import { show } from "@graphon-limit/runtime";
import { Argument, type Command } from "commander";
import { join } from "node:path";
import { addDatasetFlags } from "../shell/batch_flags.ts";
import type { RegisterAction } from "../shell/main.ts";
import { prepareFolder } from "../shell/output.ts";
import { provenance } from "../shell/provenance.ts";
import { listOf, required, sparsity, UsageError, wholeNumber } from "../shell/usage.ts";
import {
  EXPERIMENTS,
  findExperiments,
  type Finding,
  formatDuration,
  FULL_SCALE,
  Laboratory,
  QUICK_SCALE,
  runExperiments,
  type RunResult,
  type Scale,
  UnitStore,
  writeFindings,
} from "@graphon-limit/study";
import { formatTable } from "../terminal/table.ts";

interface ReproduceFlags {
  readonly quick?: boolean;
  readonly trials?: number;
  readonly kernelTrials?: number;
  readonly trainingTrials?: number;
  readonly widths?: number[];
  readonly sparsities?: number[];
  readonly kernelSparsities?: number[];
  readonly width?: number;
  readonly samples?: number;
  readonly dataset?: string;
  readonly dataDir?: string;
  readonly out: string;
}

/** Images that are generated where no data set is asked for, as `--quick` allows. */
const QUICK_IMAGES = 2000;

export function addReproduce(program: Command, register: RegisterAction): void {
  const command = program.command("reproduce")
    .description("The experiments of the paper and its reviews, resumable, into one report.")
    .addArgument(
      new Argument("[experiments...]", `${EXPERIMENTS.map(({ id }) => id).join(", ")}, or all`).default([
        "all",
      ]),
    )
    .option(
      "--quick",
      "small widths, few trials, generated digits unless --dataset: a minute or two on two cores",
    )
    .option(
      "--trials <number>",
      "independent networks per configuration (default: the paper's number)",
      wholeNumber("--trials", 1),
    )
    .option(
      "--kernel-trials <number>",
      "the same of the experiments on kernels (default: --trials)",
      wholeNumber("--kernel-trials", 1),
    )
    .option(
      "--training-trials <number>",
      "the same of the experiments on training (default: --trials)",
      wholeNumber("--training-trials", 1),
    )
    .option(
      "--widths <list>",
      "widths of the experiments on graphons; the last one is what the others are compared with",
      listOf("--widths", wholeNumber("each width", 1), 2),
    )
    .option("--sparsities <list>", "sparsities of the experiments", listOf("--sparsities", sparsity))
    .option(
      "--kernel-sparsities <list>",
      "sparsities of the experiments on kernels, which take longest (default: --sparsities)",
      listOf("--kernel-sparsities", sparsity),
    )
    .option(
      "--width <number>",
      "hidden width of networks that are trained or whose kernels are taken; R3 doubles it",
      wholeNumber("--width", 1),
    )
    .option("--samples <number>", "inputs of the kernels; R3 halves it", wholeNumber("--samples", 16))
    .option("--out <folder>", "folder for the report, the numbers, and the units of work", "out/reproduce");
  addDatasetFlags(command).addHelpText(
    "after",
    "\nA run that was stopped goes on where it was; one with more trials or widths computes what is missing.\n" +
      "\nExamples:\n  deno task cli reproduce all --quick\n" +
      "  deno task cli reproduce F3 R2 R7 --sparsities 0.8,0.95 --dataset mnist --out out/kernels",
  );
  register<ReproduceFlags>(command, async (session, flags) => {
    const experiments = findExperiments(experimentNames(command.processedArgs[0]));
    const name = flags.quick && flags.dataset === undefined ? "digits" : required(
      "--dataset",
      flags.dataset,
      `the images to work on, ${DATASET_NAMES.join(", ")}`,
    );
    if (flags.dataDir !== undefined && flags.dataset === undefined) {
      throw new UsageError("Expected --dataset with --data-dir but found none");
    }
    using _folder = prepareFolder(flags.out);
    const { seed } = session.flags;
    const dataset = await loadDataset(name, {
      dataDir: flags.dataDir,
      seed,
      onNotice: session.notice,
      ...(name === "digits" && flags.quick ? { count: QUICK_IMAGES } : {}),
    });
    const store = new UnitStore(join(flags.out, "units"), {
      seed,
      dataset: dataset.name,
      images: dataset.count,
      sha256: dataset.sha256 ?? null,
    });
    using lab = new Laboratory(session.device, dataset, session.seed, store);
    const { findings, seconds } = await runWithProgress(lab, experiments, scaleOf(flags), session);
    await writeFindings(flags.out, findings, {
      title: "The graphon limit hypothesis, reproduced",
      subtitle:
        "Pham, Ta, Jacobs, Burkholz, Tran-Thanh, NeurIPS 2025: figures, tables and claims, the paper's numbers " +
        "beside those of this run.",
      provenance: {
        ...provenance(session, "reproduce", dataset),
        "time of all units of work": formatDuration(seconds),
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
  });
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

/** The scale that the flags ask for. */
function scaleOf(flags: ReproduceFlags): Scale {
  const { quick, trials, widths, sparsities, kernelSparsities = sparsities, width, samples } = flags;
  const { kernelTrials = trials, trainingTrials = trials } = flags;
  const scale = quick ? QUICK_SCALE : FULL_SCALE;
  return {
    ...scale,
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

async function runWithProgress(
  lab: Laboratory,
  experiments: Parameters<typeof runExperiments>[1],
  scale: Scale,
  session: Parameters<Parameters<RegisterAction>[1]>[0],
): Promise<RunResult> {
  let progress: ReturnType<typeof session.progress> | undefined;
  try {
    return await runExperiments(lab, experiments, scale, {
      onStart: (missing, found) => {
        if (found > 0) session.notice(`${found} of ${missing + found} units of work are there already`);
        progress = session.progress(missing, "units");
      },
      onUnit: (done, label) => progress?.update(done, label),
    });
  } finally {
    progress?.done();
  }
}

/** One line for every verdict. */
function verdictTable(findings: readonly Finding[]): string {
  const rows = findings.flatMap(({ experiment: { id }, outcome: { verdicts } }) =>
    verdicts.map(({ verdict, claim }) => [id, verdict, claim])
  );
  if (rows.length === 0) return "no claim is decided by these experiments";
  return formatTable([{ title: "" }, { title: "verdict" }, { title: "claim" }], rows);
}
