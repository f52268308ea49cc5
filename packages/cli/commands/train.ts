import { FileSet } from "@graphon-limit/data";
import { train as trainNetwork, type TrainingRun } from "@graphon-limit/training";
import {
  formatNumber,
  type KernelPrediction,
  kernelPredictionFigure,
  predictTraining,
} from "@graphon-limit/study";
import { InvalidArgumentError } from "@graphon-limit/runtime";
import { defineCommand } from "../shell/command.ts";
import { noticeDisconnection } from "../shell/connection.ts";
import { assertEvaluationFlags, evaluateRun } from "../shell/evaluation_run.ts";
import { inputFile, optional, outputFile, toggle, type Values } from "../shell/flags.ts";
import { assertFigureName, prepareFigure } from "../shell/graphon_files.ts";
import { MASK_FLAGS, NETWORK_FLAGS } from "../shell/network_flags.ts";
import { KIND_FLAGS } from "../shell/network_kind.ts";
import { prepareFile } from "../shell/output.ts";
import { assertSameSamples } from "../shell/resumed_run.ts";
import type { Session } from "../shell/session.ts";
import {
  assertDataFlags,
  openTrainingData,
  TRAINING_DATA_FLAGS,
  type TrainingData,
} from "../shell/training_data.ts";
import { lossOf, optimiserOf, rateOf, TRAINING_FLAGS } from "../shell/training_flags.ts";
import { filesOf, lossFigure, lossTable, writeResults } from "../shell/training_report.ts";
import {
  checkpointInterval,
  checkpointOf,
  openRun,
  resumption,
  type Run,
  saveRun,
} from "../shell/training_run.ts";
import { refuse, UsageError } from "../shell/usage.ts";
import { Interrupted } from "../supervision/interruption.ts";

const TRAIN_FLAGS = {
  ...MASK_FLAGS,
  ...TRAINING_DATA_FLAGS,
  ...NETWORK_FLAGS,
  ...KIND_FLAGS,
  ...TRAINING_FLAGS,
  out: outputFile("JSON file with losses, settings and where they come from"),
  save: outputFile(
    "safetensors file to go on from: weights, masks, optimiser, losses; may be that of --resume",
    {
      over: "resume",
    },
  ),
  checkpointEvery: optional(
    "<number>",
    "save on the way, too, every so many steps, or seconds where an s follows (default: 60s with --save)",
    checkpointInterval,
  ),
  resume: inputFile(
    "go on with a run that --save wrote, on the samples it began with; its settings stand unless given, its network, " +
      "optimiser, order of samples and seed always",
  ),
  predict: toggle(
    "full-batch gradient descent on squared loss, on the first --batch-size rows, beside what the tangent kernel predicts",
  ),
  figure: outputFile("the losses as .svg or .png"),
};

type TrainFlags = Values<typeof TRAIN_FLAGS>;

export const train = defineCommand({
  name: "train",
  summary: "Train a pruned network; removed weights stay exactly zero. With --steps 0, evaluate it.",
  flags: TRAIN_FLAGS,
  examples: [
    "train --weights out/weights.safetensors --masks out/masks.safetensors \\\n" +
    "--dataset digits --steps 200 --evaluate 100 --out out/run.json --save out/trained.safetensors",
    "train --widths 784,512,10 --init ntk --dataset digits --predict --batch-size 32 \\\n" +
    "--figure out/prediction.svg",
    "train --weights out/weights.safetensors --masks out/masks.safetensors --dataset digits --steps 0",
  ],
  async run(session, flags) {
    assertFlags(flags);
    await prepareFigure(flags.figure);
    using opened = new DisposableStack();
    for (const path of [flags.out, flags.save, flags.figure]) {
      if (path !== undefined) opened.use(prepareFile(path));
    }
    if (flags.steps === 0) return await evaluateRun(session, flags);
    const run = await openRun(session, flags, opened);
    const disconnection = await noticeDisconnection(session, run.network);
    const { parameters, weights } = run.network;
    if (flags.predict && disconnection !== undefined && parameters.length === weights.length) {
      throw new InvalidArgumentError(`${disconnection}; there is no kernel to predict training by`);
    }
    const data = opened.use(
      await openTrainingData(session, run.network, flags, {
        seed: run.settings.seed,
        evaluated: run.settings.evaluate > 0,
        digested: flags.save !== undefined || run.samples !== undefined,
        ...(flags.predict ? { first: run.settings.batchSize } : {}),
      }),
    );
    if (flags.predict) await predictRun(session, flags, run, data);
    else {
      if (flags.resume !== undefined) assertSameSamples(session, flags.resume, run, data);
      await trainRun(session, flags, { ...run, samples: data.digest }, data);
    }
  },
});

/** Says which flags do not go together. */
function assertFlags(flags: TrainFlags): void {
  assertDataFlags(flags);
  assertFigureName(flags.figure);
  if (flags.steps === 0) assertEvaluationFlags(flags);
  if (flags.resume !== undefined) {
    const fixed = [
      "weights",
      "bias",
      "order",
      "transpose",
      "widths",
      "init",
      "weightVariance",
    ] as const;
    refuse(flags, [...fixed, "masks", "redraw", "predict"], "--resume");
  }
  if (flags.predict) {
    const settings = ["optimizer", "momentum", "loss", "schedule", "decayEvery", "decay", "warmUp"] as const;
    refuse(flags, [...settings, "evaluate", "save", "checkpointEvery"], "--predict");
  }
  if (flags.checkpointEvery !== undefined && flags.save === undefined) {
    throw new UsageError("Expected --checkpoint-every only with --save, the file to save to");
  }
}

async function trainRun(
  session: Session,
  flags: TrainFlags,
  whole: Run,
  { data, heldOut, dataset }: TrainingData,
): Promise<void> {
  const { network, state, settings } = whole, begun = state.step;
  using progress = session.progress(settings.steps, "steps");
  using _saving = flags.save === undefined
    ? undefined
    : session.saving("the step at hand is finished and saved; another signal ends at once");
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
      ...(flags.save === undefined ? {} : { checkpoint: checkpointOf(session, flags.save, whole, flags) }),
      signal: session.signal,
      onProgress: (step) => progress.update(step, `loss ${formatNumber(state.losses.at(-1)!, 3)}`),
    });
  } catch (error) {
    // Before the first step there is nothing to save, and what an earlier run saved is worth more.
    if (!(error instanceof Interrupted) || flags.save === undefined || state.step === begun) throw error;
    progress.done();
    await saveRun(flags.save, whole);
    throw new Interrupted(
      error.signal,
      `interrupted after ${state.step} of ${settings.steps} steps; go on with ${
        resumption(flags.save, flags)
      }`,
    );
  }
  progress.done();
  const { losses, evaluations } = run, last = evaluations.at(-1);
  const result = {
    device: session.device.info.kind,
    losses,
    ...(last ? { accuracy: last.accuracy, evaluations } : {}),
    seconds: session.seconds,
  };
  // All are put in place together; the file to go on from last, so that where it is all are.
  using files = new FileSet();
  await writeResults(session, flags, files, { result, settings, dataset, figure: () => lossFigure(run) });
  if (flags.save !== undefined) await saveRun(flags.save, whole, files);
  files.close();
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
    signal: session.signal,
    onProgress: (step, loss) => progress.update(step, `loss ${formatNumber(loss, 3)}`),
  });
  progress.done();
  const { losses, predicted, learningRate } = prediction;
  const result = { device: session.device.info.kind, ...prediction, seconds: session.seconds };
  const used = { ...settings, optimizer: "sgd", loss: "squared", shuffle: false, learningRate } as const;
  using files = new FileSet();
  await writeResults(session, flags, files, {
    result,
    settings: used,
    dataset,
    figure: () => kernelPredictionFigure(prediction),
  });
  files.close();
  session.result(
    result,
    [
      lossTable(losses, ["loss", "predicted"], (step) => [losses[step], predicted[step]]),
      `learning rate ${formatNumber(learningRate)}`,
      ...filesOf(flags),
    ].join("\n"),
  );
}
