import {
  adam,
  crossEntropyLoss,
  type Loss,
  momentumSgd,
  type Optimiser,
  type OptimiserName,
  OPTIMISERS,
  sgd,
  squaredErrorLoss,
} from "@graphon-limit/model";
import { constantRate, cosineRate, type LearningRate, stepRate, warmUp } from "@graphon-limit/training";
import { FormatError } from "@graphon-limit/runtime";
import type { Command } from "commander";
import { number, oneOf, UsageError, wholeNumber } from "./usage.ts";

export const LOSSES = ["cross-entropy", "squared"] as const;
export const RATE_SCHEDULES = ["constant", "step", "cosine"] as const;

/** How a run of training goes, apart from its network and data. */
export interface TrainingSettings {
  readonly steps: number;
  readonly batchSize: number;
  readonly optimizer: OptimiserName;
  readonly momentum: number;
  readonly learningRate: number;
  readonly loss: typeof LOSSES[number];
  readonly schedule: typeof RATE_SCHEDULES[number];
  /** Steps between two falls of the rate; a third of all where it is 0. */
  readonly decayEvery: number;
  readonly decay: number;
  readonly warmUp: number;
  readonly shuffle: boolean;
  /** Evaluate on held-out data every so many steps; 0 for never. */
  readonly evaluate: number;
  readonly seed: number;
}

/** The settings a user gave; `shuffle` is false or left out. */
export type TrainingFlags = Partial<Omit<TrainingSettings, "seed">>;

const DEFAULTS: TrainingSettings = {
  steps: 200,
  batchSize: 64,
  optimizer: "adam",
  momentum: 0.9,
  learningRate: 0.001,
  loss: "cross-entropy",
  schedule: "constant",
  decayEvery: 0,
  decay: 0.1,
  warmUp: 0,
  shuffle: true,
  evaluate: 0,
  seed: 0,
};

const positive = (value: number) => value > 0;

export function addTrainingFlags(command: Command): Command {
  return command
    .option(
      "--steps <number>",
      "steps in all, a resumed run's earlier ones included (default: 200)",
      wholeNumber("--steps", 1),
    )
    .option("--batch-size <number>", "samples of a step (default: 64)", wholeNumber("--batch-size", 1))
    .option(
      "--optimizer <name>",
      `${OPTIMISERS.join(", ")} (default: adam)`,
      oneOf("--optimizer", OPTIMISERS),
    )
    .option(
      "--momentum <number>",
      "of --optimizer momentum (default: 0.9)",
      number("--momentum", "at least 0 and below 1", (value) => value >= 0 && value < 1),
    )
    .option(
      "--learning-rate <number>",
      "default: 0.001; with --predict, a twentieth of the largest stable one",
      number("--learning-rate", "a positive number", positive),
    )
    .option("--loss <name>", `${LOSSES.join(", ")} (default: cross-entropy)`, oneOf("--loss", LOSSES))
    .option(
      "--schedule <name>",
      `how the rate changes: ${RATE_SCHEDULES.join(", ")} (default: constant)`,
      oneOf("--schedule", RATE_SCHEDULES),
    )
    .option(
      "--decay-every <number>",
      "steps between two falls of --schedule step (default: a third of --steps)",
      wholeNumber("--decay-every", 1),
    )
    .option(
      "--decay <number>",
      "factor of each fall (default: 0.1)",
      number("--decay", "a positive number", positive),
    )
    .option(
      "--warm-up <number>",
      "first steps in which the rate rises to what it is to be (default: 0)",
      wholeNumber("--warm-up", 0),
    )
    .option("--no-shuffle", "take the data's rows in order, round and round")
    .option(
      "--evaluate <number>",
      "loss and accuracy on held-out data every so many steps and at the end",
      wholeNumber("--evaluate", 1),
    );
}

/**
 * The flags given, completed by those of the run that is gone on with, or else by defaults.
 *
 * @param saved settings of a resumed run
 * @param seed of a new run
 */
export function completeSettings(
  flags: TrainingFlags,
  saved: Partial<TrainingSettings>,
  seed: number,
): TrainingSettings {
  const { steps, batchSize, optimizer, momentum, learningRate, loss, schedule, decayEvery, decay } = flags;
  const { warmUp, evaluate, shuffle } = flags;
  const given = {
    ...{
      steps,
      batchSize,
      optimizer,
      momentum,
      learningRate,
      loss,
      schedule,
      decayEvery,
      decay,
      warmUp,
      evaluate,
    },
    // True is what there is without --no-shuffle.
    shuffle: shuffle === false ? false : undefined,
  };
  const settings: TrainingSettings = { ...DEFAULTS, seed, ...saved, ...defined(given) };
  const dependent = [
    ["momentum", "optimizer", "momentum"],
    ["decay", "schedule", "step"],
    ["decayEvery", "schedule", "step"],
  ] as const;
  for (const [name, on, value] of dependent) {
    if (flags[name] !== undefined && settings[on] !== value) {
      const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      throw new UsageError(`Expected --${flag} only with --${on} ${value} but found --${on} ${settings[on]}`);
    }
  }
  return settings;
}

/** The entries that are not undefined. */
function defined<T extends object>(entries: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/**
 * Settings from a saved run's text, as `JSON.stringify` wrote them.
 *
 * @throws {FormatError} if they are not
 */
export function parseSettings(text: string, source: string): Partial<TrainingSettings> {
  const words = { optimizer: OPTIMISERS, loss: LOSSES, schedule: RATE_SCHEDULES };
  try {
    const parsed: Record<string, unknown> = JSON.parse(text);
    const entries = Object.entries(DEFAULTS).map(([name, usual]) => {
      const value = parsed[name];
      const known = Object.entries(words).find(([setting]) => setting === name)?.[1];
      if (typeof value !== typeof usual || (known && !known.some((word) => word === value))) {
        throw new Error();
      }
      return [name, value];
    });
    return Object.fromEntries(entries);
  } catch {
    throw new FormatError(`${source}: the settings of its run of training are damaged`);
  }
}

/** The optimiser of the settings. */
export function optimiserOf({ optimizer, momentum }: TrainingSettings): Optimiser {
  if (optimizer === "momentum") return momentumSgd({ momentum });
  return optimizer === "adam" ? adam() : sgd();
}

/** The loss of the settings. */
export function lossOf({ loss }: TrainingSettings): Loss {
  return loss === "squared" ? squaredErrorLoss() : crossEntropyLoss();
}

/** The learning rate of the settings, step by step. */
export function rateOf(
  { learningRate, schedule, steps, decayEvery, decay, warmUp: rising }: TrainingSettings,
): LearningRate {
  const rates = {
    constant: () => constantRate(learningRate),
    step: () => stepRate(learningRate, { every: decayEvery || Math.ceil(steps / 3), factor: decay }),
    cosine: () => cosineRate(learningRate, { steps }),
  };
  return warmUp(rates[schedule](), rising);
}
