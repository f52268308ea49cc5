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
import { COMMON_FLAGS } from "./common_flags.ts";
import { flagName, optional, type Parse, unless, type Values } from "./flags.ts";
import { MOST, number, oneOf, positive, UsageError, wholeNumber } from "./usage.ts";

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

/** Flags of a run of training. Without a default of their own: a resumed run's settings stand unless given. */
export const TRAINING_FLAGS = {
  steps: optional(
    "<number>",
    "steps in all, a resumed run's earlier ones included; 0 evaluates the network as it stands (default: 200)",
    wholeNumber(0, MOST.steps),
  ),
  batchSize: optional("<number>", "samples of a step (default: 64)", wholeNumber(1, MOST.samples)),
  optimizer: optional("<name>", `${OPTIMISERS.join(", ")} (default: adam)`, oneOf(OPTIMISERS)),
  momentum: optional(
    "<number>",
    "of --optimizer momentum (default: 0.9)",
    number("at least 0 and below 1", (value) => value >= 0 && value < 1),
  ),
  learningRate: optional(
    "<number>",
    "default: 0.001; with --predict, a twentieth of the largest stable one",
    positive,
  ),
  loss: optional("<name>", `${LOSSES.join(", ")} (default: cross-entropy)`, oneOf(LOSSES)),
  schedule: optional(
    "<name>",
    `how the rate changes: ${RATE_SCHEDULES.join(", ")} (default: constant)`,
    oneOf(RATE_SCHEDULES),
  ),
  decayEvery: optional(
    "<number>",
    "steps between two falls of --schedule step (default: a third of --steps)",
    wholeNumber(1, MOST.steps),
  ),
  decay: optional("<number>", "factor of each fall (default: 0.1)", positive),
  warmUp: optional(
    "<number>",
    "first steps in which the rate rises to what it is to be (default: 0)",
    wholeNumber(0, MOST.steps),
  ),
  shuffle: unless("take the data's rows in order, round and round"),
  evaluate: optional(
    "<number>",
    "loss and accuracy on held-out data every so many steps and at the end",
    wholeNumber(1, MOST.steps),
  ),
};

/** The settings a user gave. */
export type TrainingFlags = Values<typeof TRAINING_FLAGS>;

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
  const given = Object.fromEntries(
    Object.keys(TRAINING_FLAGS).flatMap((name) => {
      const value = flags[name as keyof TrainingFlags];
      // True is what there is without --no-shuffle.
      return value === undefined || (name === "shuffle" && value === true) ? [] : [[name, value]];
    }),
  ) as Partial<TrainingSettings>;
  const settings: TrainingSettings = { ...DEFAULTS, seed, ...saved, ...given };
  const dependent = [
    ["momentum", "optimizer", "momentum"],
    ["decay", "schedule", "step"],
    ["decayEvery", "schedule", "step"],
  ] as const;
  for (const [name, on, value] of dependent) {
    if (flags[name] !== undefined && settings[on] !== value) {
      throw new UsageError(
        `Expected ${flagName(name)} only with --${on} ${value} but found --${on} ${settings[on]}`,
      );
    }
  }
  return settings;
}

/**
 * Settings from a saved run's text, as `JSON.stringify` wrote them.
 *
 * @throws {FormatError} if they are not
 */
export function parseSettings(text: string, source: string): Partial<TrainingSettings> {
  try {
    const parsed: Record<string, unknown> = JSON.parse(text);
    if (JSON.stringify(parsed) !== text) throw new Error();
    const entries = Object.entries(DEFAULTS).map(([name, usual]) => {
      const value = parsed[name];
      if (typeof value !== typeof usual) throw new Error();
      // What a flag would not take is nothing that was saved; what is never given as one is the default.
      if (value !== usual && typeof value !== "boolean") parserOf(name)(String(value), name);
      return [name, value];
    });
    return Object.fromEntries(entries);
  } catch {
    throw new FormatError(`${source}: the settings of its run of training are damaged`);
  }
}

function parserOf(name: string): Parse<unknown> {
  return name === "seed" ? COMMON_FLAGS.seed.parse : TRAINING_FLAGS[name as keyof TrainingFlags].parse;
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
