import { resolve } from "node:path";
import {
  loadTraining,
  planTrainingMemory,
  saveTraining,
  train as trainNetwork,
  type TrainingRun,
  TrainingState,
} from "@graphon-limit/training";
import type { Network } from "@graphon-limit/model";
import { formatBytes, GraphonLimitError, OutOfDeviceMemoryError } from "@graphon-limit/runtime";
import { imageOfFile } from "../shell/batch_flags.ts";
import { defineCommand } from "../shell/command.ts";
import { inputFile, outputFile, toggle, type Values } from "../shell/flags.ts";
import { assertFigureName } from "../shell/graphon_files.ts";
import { listenForInterrupt } from "../shell/interrupt.ts";
import { MASK_FLAGS, NETWORK_FLAGS } from "../shell/network_flags.ts";
import { KIND_FLAGS } from "../shell/network_kind.ts";
import { networkSource } from "../shell/network_source.ts";
import { prepareFile } from "../shell/output.ts";
import type { Session } from "../shell/session.ts";
import {
  assertDataFlags,
  openTrainingData,
  TRAINING_DATA_FLAGS,
  type TrainingData,
} from "../shell/training_data.ts";
import {
  completeSettings,
  lossOf,
  optimiserOf,
  parseSettings,
  rateOf,
  TRAINING_FLAGS,
  type TrainingSettings,
} from "../shell/training_flags.ts";
import { filesOf, lossFigure, lossTable, writeResults } from "../shell/training_report.ts";
import { refuse, UsageError } from "../shell/usage.ts";
import { budgetOf, machineMemory } from "../doctor/memory_budget.ts";
import {
  formatNumber,
  type KernelPrediction,
  kernelPredictionFigure,
  predictTraining,
} from "@graphon-limit/study";

/** The network, where its training stands, and how it is to go on. */
interface Run {
  readonly network: Network;
  readonly state: TrainingState;
  readonly settings: TrainingSettings;
}

const TRAIN_FLAGS = {
  ...MASK_FLAGS,
  ...TRAINING_DATA_FLAGS,
  ...NETWORK_FLAGS,
  ...KIND_FLAGS,
  ...TRAINING_FLAGS,
  out: outputFile("JSON file with losses, settings and where they come from"),
  save: outputFile("safetensors file to go on from: weights, masks, optimiser, losses"),
  resume: inputFile("go on with a run that --save wrote; its settings stand unless given"),
  predict: toggle(
    "full-batch gradient descent on squared loss, on the first --batch-size rows, beside what the tangent kernel predicts",
  ),
  figure: outputFile("the losses as .svg or .png"),
};

type TrainFlags = Values<typeof TRAIN_FLAGS>;

export const train = defineCommand({
  name: "train",
  summary: "Train a pruned network; removed weights stay exactly zero.",
  flags: TRAIN_FLAGS,
  examples: [
    "train --weights out/weights.safetensors --masks out/masks.safetensors \\\n" +
    "--dataset digits --steps 200 --evaluate 100 --out out/run.json --save out/trained.safetensors",
    "train --widths 784,512,10 --init ntk --dataset digits --predict --batch-size 32 \\\n" +
    "--figure out/prediction.svg",
  ],
  async run(session, flags) {
    assertFlags(flags);
    using opened = new DisposableStack();
    for (const path of [flags.out, flags.save, flags.figure]) {
      if (path !== undefined) opened.use(prepareFile(path));
    }
    const run = await openRun(session, flags, opened);
    const data = opened.use(
      await openTrainingData(session, run.network, flags, {
        seed: run.settings.seed,
        evaluated: run.settings.evaluate > 0,
        ...(flags.predict ? { first: run.settings.batchSize } : {}),
      }),
    );
    if (flags.predict) await predictRun(session, flags, run, data);
    else await trainRun(session, flags, run, data);
  },
});

/** Says which flags do not go together. */
function assertFlags(flags: TrainFlags): void {
  assertDataFlags(flags);
  assertFigureName(flags.figure);
  if (flags.resume !== undefined) {
    const fixed = [
      "weights",
      "bias",
      "order",
      "transpose",
      "widths",
      "init",
      "weightVariance",
      "parametrization",
    ] as const;
    refuse(flags, [...fixed, "masks", "redraw", "predict"], "--resume");
  }
  if (flags.predict) {
    const settings = ["optimizer", "momentum", "loss", "schedule", "decayEvery", "decay", "warmUp"] as const;
    refuse(flags, [...settings, "evaluate", "save"], "--predict");
  }
  const files = [flags.out, flags.save, flags.figure].flatMap((path) =>
    path === undefined ? [] : [resolve(path)]
  );
  if (new Set(files).size < files.length) {
    throw new UsageError("Expected --out, --save and --figure to be different files");
  }
}

/** The network at its start, or the run that is to be gone on with. */
async function openRun(session: Session, flags: TrainFlags, opened: DisposableStack): Promise<Run> {
  const { seed } = session.flags;
  if (flags.resume !== undefined) {
    const saved = loadTraining(flags.resume, session.device);
    opened.use(saved.network);
    opened.use(saved.state);
    const before = saved.settings.train === undefined
      ? {}
      : parseSettings(saved.settings.train, flags.resume);
    const settings = completeSettings(flags, before, seed);
    if (saved.state.step >= settings.steps) {
      throw new UsageError(
        `Expected --steps above ${saved.state.step}, which are done in ${flags.resume}, but found ${settings.steps}`,
      );
    }
    return { ...saved, settings };
  }
  const settings = completeSettings(flags, {}, seed);
  using source = await networkSource(session, flags, true, imageOfFile(flags.batch));
  if (source.widths) assertFits(session, source.widths, flags.masks !== undefined, settings);
  const network = opened.use(source.open());
  const state = opened.use(TrainingState.begin(network, optimiserOf(settings)));
  return { network, state, settings };
}

/** Throws where the machine has not the memory that training the network takes, before any of it is taken. */
function assertFits(
  session: Session,
  widths: readonly number[],
  masked: boolean,
  settings: TrainingSettings,
): void {
  const { info } = session.device, budget = budgetOf(info, machineMemory());
  const request = { widths, batchSize: settings.batchSize, masked };
  const { peak } = planTrainingMemory({ ...request, optimiser: optimiserOf(settings) }, info);
  if (peak <= budget) return;
  throw new OutOfDeviceMemoryError(
    `Expected a network that fits but training widths ${widths.join(",")} with ${settings.optimizer} needs ${
      formatBytes(peak)
    } of the ${formatBytes(budget)} there are`,
  );
}

async function trainRun(
  session: Session,
  flags: TrainFlags,
  { network, state, settings }: Run,
  { data, heldOut, dataset }: TrainingData,
): Promise<void> {
  using progress = session.progress(settings.steps, "steps");
  using interruption = flags.save === undefined ? undefined : listenForInterrupt();
  const save = async (path: string) =>
    await saveTraining(path, network, state, { settings: { train: JSON.stringify(settings) } });
  let run: TrainingRun;
  try {
    run = await trainNetwork(network, data, {
      ...settings,
      optimiser: optimiserOf(settings),
      loss: lossOf(settings),
      learningRate: rateOf(settings),
      seed: state.sampling?.seed ?? session.seed,
      state,
      ...(heldOut ? { heldOut: { data: heldOut, every: settings.evaluate } } : {}),
      ...(interruption ? { signal: interruption.signal } : {}),
      onProgress: (step) => progress.update(step, `loss ${formatNumber(state.losses.at(-1)!, 3)}`),
    });
  } catch (error) {
    if (!interruption?.signal.aborted || flags.save === undefined) throw error;
    progress.done();
    await save(flags.save);
    throw new GraphonLimitError(
      `interrupted after ${state.step} of ${settings.steps} steps; go on with --resume ${flags.save}`,
    );
  }
  progress.done();
  const { losses, evaluations } = run, last = evaluations.at(-1);
  if (flags.save !== undefined) await save(flags.save);
  const result = {
    device: session.device.info.kind,
    losses,
    ...(last ? { accuracy: last.accuracy, evaluations } : {}),
    seconds: session.seconds,
  };
  await writeResults(session, flags, { result, settings, dataset, figure: () => lossFigure(run) });
  session.result(
    result,
    [
      lossTable(losses, ["loss"], (step) => [losses[step]]),
      ...(last
        ? [`accuracy ${formatNumber(last.accuracy)} and loss ${formatNumber(last.loss)} held out`]
        : []),
      ...filesOf(flags),
    ].join("\n"),
  );
}

async function predictRun(
  session: Session,
  flags: TrainFlags,
  { network, settings }: Run,
  { data, dataset }: TrainingData,
): Promise<void> {
  using progress = session.progress(settings.steps, "steps");
  const prediction: KernelPrediction = await predictTraining(network, data, {
    steps: settings.steps,
    learningRate: flags.learningRate,
    onProgress: (step, loss) => progress.update(step, `loss ${formatNumber(loss, 3)}`),
  });
  progress.done();
  const { losses, predicted, learningRate } = prediction;
  const result = { device: session.device.info.kind, ...prediction, seconds: session.seconds };
  const used = { ...settings, optimizer: "sgd", loss: "squared", shuffle: false, learningRate } as const;
  await writeResults(session, flags, {
    result,
    settings: used,
    dataset,
    figure: () => kernelPredictionFigure(prediction),
  });
  session.result(
    result,
    [
      lossTable(losses, ["loss", "predicted"], (step) => [losses[step], predicted[step]]),
      `learning rate ${formatNumber(learningRate)}`,
      ...filesOf(flags),
    ].join("\n"),
  );
}
