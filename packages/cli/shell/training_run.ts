import { type FileSet, openTensors } from "@graphon-limit/data";
import type { Network, NetworkDefinition } from "@graphon-limit/model";
import { formatBytes, GraphonLimitError, OutOfDeviceMemoryError, show } from "@graphon-limit/runtime";
import {
  architectureIn,
  type Checkpoint,
  loadTraining,
  planTrainingMemory,
  saveTraining,
  TrainingState,
} from "@graphon-limit/training";
import { budgetOf, inWords, machineMemory } from "../doctor/memory_budget.ts";
import { imageOfFile } from "./batch_flags.ts";
import type { Parse } from "./flags.ts";
import { definitionOf, isModule, isNamedKind, type KindFlags } from "./network_kind.ts";
import type { MaskFlags, NetworkFlags } from "./network_flags.ts";
import { type NetworkSource, networkSource } from "./network_source.ts";
import type { Session } from "./session.ts";
import { assertAsSaved } from "./resumed_run.ts";
import {
  completeSettings,
  optimiserOf,
  parseSettings,
  type TrainingFlags,
  type TrainingSettings,
} from "./training_flags.ts";
import { UsageError } from "./usage.ts";

/** The network, where its training stands, and how it is to go on. */
export interface Run {
  readonly network: Network;
  readonly state: TrainingState;
  readonly settings: TrainingSettings;
  /** The digest of the samples that it began with; undefined where none was kept. */
  readonly samples?: string | undefined;
}

/** When a run is saved on its way. */
export type CheckpointInterval = Pick<Checkpoint, "everySteps" | "everySeconds">;

/** A run that is to be saved in the end is saved on its way so often. */
export const DEFAULT_INTERVAL: CheckpointInterval = { everySeconds: 60 };

/** `100` as steps, `30s` as seconds. */
export const checkpointInterval: Parse<CheckpointInterval> = (text, flag) => {
  const [, digits, unit] = /^(\d+)(s?)$/.exec(text.trim()) ?? [], count = Number(digits);
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new UsageError(
      `Expected ${flag} to be a number of steps such as 100, or of seconds such as 30s, but found ${text}`,
    );
  }
  return unit === "s" ? { everySeconds: count } : { everySteps: count };
};

type Flags =
  & TrainingFlags
  & MaskFlags
  & NetworkFlags
  & KindFlags
  & {
    readonly resume?: string | undefined;
    readonly batch?: string | undefined;
    readonly dataset?: string | undefined;
  };

/** The network at its start, or the run that is to be gone on with. */
export async function openRun(session: Session, flags: Flags, opened: DisposableStack): Promise<Run> {
  const { seed } = session.flags;
  if (flags.resume !== undefined) {
    const definition = await savedDefinition(flags, flags.resume);
    const saved = loadTraining(flags.resume, session.device, { definition });
    opened.use(saved.network);
    opened.use(saved.state);
    const before = saved.settings.train === undefined
      ? {}
      : parseSettings(saved.settings.train, flags.resume);
    assertAsSaved(session, flags, saved, before);
    const settings = completeSettings(flags, before, seed), { step } = saved.state;
    if (step > settings.steps) {
      throw new UsageError(
        `Expected --steps of at least ${step}, which are done in ${flags.resume}, but found ${settings.steps}`,
      );
    }
    if (step === settings.steps) session.notice(`${flags.resume}: all ${step} steps are done; none is taken`);
    return { ...saved, settings, samples: saved.settings.samples };
  }
  const settings = completeSettings(flags, {}, seed);
  using source = await networkSource(session, flags, { image: imageOfFile(flags.batch) });
  if (source.network) assertFits(session, source.network, flags.masks !== undefined, settings);
  const network = opened.use(source.open());
  const state = opened.use(TrainingState.begin(network, optimiserOf(settings)));
  return { network, state, settings };
}

/** What a module of one's own defines; undefined for networks that a file brings back by itself. */
async function savedDefinition(flags: Flags, path: string): Promise<NetworkDefinition | undefined> {
  if (isModule(flags)) return await definitionOf(flags, { ...flags, image: imageOfFile(flags.batch) });
  using file = openTensors(path);
  const kind = architectureIn(file)?.kind;
  if (kind === undefined || isNamedKind(kind)) return undefined;
  throw new UsageError(
    `Expected --network with the module that defines the network of ${path}, which is of its own kind ${
      show(kind)
    }`,
  );
}

/** Throws where the machine has not the memory that training the network takes, before any of it is taken. */
function assertFits(
  session: Session,
  network: NonNullable<NetworkSource["network"]>,
  masked: boolean,
  settings: TrainingSettings,
): void {
  const { info } = session.device, budget = budgetOf(info, machineMemory());
  const request = { network, batchSize: settings.batchSize, masked };
  const { peak } = planTrainingMemory({ ...request, optimiser: optimiserOf(settings) }, info);
  if (peak <= budget) return;
  throw new OutOfDeviceMemoryError(
    `Expected a network that fits but training ${inWords(network)} with ${settings.optimizer} needs ${
      formatBytes(peak)
    } of the ${formatBytes(budget)} there are`,
  );
}

/** Saves a run, to be gone on with: with other files, or alone. */
export async function saveRun(
  path: string,
  { network, state, settings, samples }: Run,
  files?: FileSet,
): Promise<void> {
  const kept = { train: JSON.stringify(settings), ...(samples === undefined ? {} : { samples }) };
  await saveTraining(path, network, state, { settings: kept, files });
}

/** The flags that a saved run is gone on with by: a module of one's own, which the file does not hold, is to be given again. */
export function resumption(path: string, flags: KindFlags): string {
  return `--resume ${path}${isModule(flags) ? ` --network ${flags.network}` : ""}`;
}

/** Saves a run on its way. Where that fails it goes on: the last that was saved is there, and the disk may have room by the end. */
export function checkpointOf(
  session: Session,
  path: string,
  run: Run,
  { checkpointEvery: interval = DEFAULT_INTERVAL, ...flags }: KindFlags & {
    readonly checkpointEvery?: CheckpointInterval | undefined;
  },
): Checkpoint {
  const resumeBy = resumption(path, flags);
  return {
    ...interval,
    async save({ step }) {
      // What there is after the last step is put in place together with all other results.
      if (step === run.settings.steps) return;
      try {
        await saveRun(path, run);
        session.interruption.explain(`interrupted; go on with ${resumeBy}, saved after ${step} steps`);
      } catch (error) {
        if (!(error instanceof GraphonLimitError)) throw error;
        session.notice(`after ${step} steps the run could not be saved: ${error.message}`);
      }
    },
  };
}
