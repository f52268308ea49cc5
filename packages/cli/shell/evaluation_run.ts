import { evaluate } from "@graphon-limit/training";
import { formatNumber } from "@graphon-limit/study";
import { FileSet } from "@graphon-limit/data";
import { imageOfFile } from "./batch_flags.ts";
import { noticeDisconnection } from "./connection.ts";
import type { MaskFlags, NetworkFlags } from "./network_flags.ts";
import type { KindFlags } from "./network_kind.ts";
import { networkSource } from "./network_source.ts";
import type { Session } from "./session.ts";
import { openTrainingData, type TrainingDataFlags } from "./training_data.ts";
import { completeSettings, lossOf, type TrainingFlags } from "./training_flags.ts";
import { filesOf, type ResultFiles, writeResults } from "./training_report.ts";
import { refuse } from "./usage.ts";

type Flags =
  & TrainingFlags
  & TrainingDataFlags
  & MaskFlags
  & KindFlags
  & NetworkFlags
  & ResultFiles
  & { readonly resume?: string; readonly predict?: boolean; readonly checkpointEvery?: unknown };

/** Says which flags do not go with a network that is evaluated and not trained. */
export function assertEvaluationFlags(flags: Flags): void {
  refuse(flags, ["resume", "predict", "save", "checkpointEvery", "figure"], "--steps 0, which evaluates");
}

/**
 * The loss and accuracy of a network as it stands: on all samples of a batch, on the test images of a data set; with `--evaluate` on
 * what a run of training would hold out.
 */
export async function evaluateRun(session: Session, flags: Flags): Promise<void> {
  const { seed } = session.flags, settings = completeSettings(flags, {}, seed);
  using source = await networkSource(session, flags, { image: imageOfFile(flags.batch) });
  using network = source.open();
  await noticeDisconnection(session, network);
  const evaluated = flags.evaluate !== undefined;
  using opened = await openTrainingData(session, network, flags, {
    ...{ seed, evaluated, split: evaluated ? "train" : "test" },
  });
  const data = opened.heldOut ?? opened.data, samples = data.inputs.cols;
  using progress = session.progress(samples, "samples");
  const score = await evaluate(network, data, {
    ...{ loss: lossOf(settings), signal: session.signal },
    onProgress: (done) => progress.update(done),
  });
  progress.done();
  const result = {
    device: session.device.info.kind,
    ...{ ...score, samples, losses: [], evaluations: [{ step: 0, ...score }] },
    seconds: session.seconds,
  };
  using files = new FileSet();
  await writeResults(session, flags, files, { result, settings, dataset: opened.dataset });
  files.close();
  const found = `accuracy ${formatNumber(score.accuracy)} and loss ${formatNumber(score.loss)}`;
  session.result(result, [`${found} on ${samples} samples`, ...filesOf(flags)].join("\n"));
}
