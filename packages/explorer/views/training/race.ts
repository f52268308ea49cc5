import { digitBatch } from "@graphon-limit/data";
import {
  initialise,
  type Network,
  type OwnedBatch,
  sgd,
  squaredErrorLoss,
  uploadBatch,
} from "@graphon-limit/model";
import { InvalidArgumentError, partOf, seedFrom } from "@graphon-limit/runtime";
import { forecastTraining, type TrainingForecast } from "@graphon-limit/study/prediction";
import { DivergedError, training, TrainingState } from "@graphon-limit/training";
import type { Lab } from "../../worker/lab.ts";
import { widthsOf } from "../../worker/networks.ts";
import { drawnNetwork } from "../../worker/pruned_network.ts";
import type { Call } from "../../worker/serve.ts";
import type { Forecast, RaceParams, RateParams, Steps, StepsParams } from "./requests.ts";

/** Test digits of each class that accuracy is measured on, and the steps between two measurements. */
const TESTED = { perClass: 20, every: 10 } as const;

/** What stands in a method's place where nothing is pruned. */
const DENSE = "dense";

/** A network under one of the masks, and where its training stands. */
interface Contender {
  readonly name: string;
  readonly network: Network;
  readonly state: TrainingState;
  diverged: boolean;
}

/** One network under several masks, from the same weights on the same digits, by full-batch gradient descent on squared loss. */
class Race implements Disposable {
  readonly #kept = new DisposableStack();
  readonly #contenders = new Map<string, Contender>();
  readonly #digits: OwnedBatch;
  readonly #tested: OwnedBatch;

  constructor(lab: Lab, { perClass, seed }: RaceParams) {
    const upload = (count: number, split: "train" | "test") => {
      const { x, y } = digitBatch(count, seedFrom(seed), { seed, split });
      return this.#kept.use(uploadBatch(lab.device, x, y));
    };
    this.#digits = upload(perClass, "train");
    this.#tested = upload(TESTED.perClass, "test");
  }

  /** Prunes a copy of the network, to be trained. */
  async enter(
    lab: Lab,
    name: string,
    { width, hidden, sparsity, seed }: RaceParams,
    call: Call,
  ): Promise<void> {
    let network: Network;
    if (name === DENSE) {
      network = initialise(lab.device, widthsOf({ width, hidden }), "he", { seed: seedFrom(seed) });
      this.#kept.use(network);
    } else {
      const pruned = this.#kept.use(drawnNetwork(lab.device, { method: name, width, hidden, seed }));
      await pruned.prune(sparsity, call);
      network = pruned.network;
    }
    const state = this.#kept.use(TrainingState.begin(network, sgd()));
    this.#contenders.set(name, { name, network, state, diverged: false });
  }

  /** What a contender's kernel says, before it was trained. */
  async forecast(name: string, call: Call): Promise<TrainingForecast> {
    return await forecastTraining(this.#contender(name).network, this.#digits, call);
  }

  /** Trains a contender on, if it is not that far. */
  async train({ contender, from, to }: StepsParams, learningRate: number, call: Call): Promise<Steps> {
    const found = this.#contender(contender), { state } = found;
    if (state.step < to && !found.diverged) await this.#trainOn(found, to, learningRate, call);
    call.onProgress(to, to);
    return {
      losses: Float64Array.from(state.losses.slice(from, to)),
      diverged: found.diverged && state.step < to,
      accuracies: state.evaluations.filter(({ step }) => step <= to)
        .map(({ step, accuracy }) => ({ step, accuracy })),
    };
  }

  async #trainOn(contender: Contender, to: number, learningRate: number, { signal }: Call): Promise<void> {
    const { network, state } = contender;
    const run = training(network, this.#digits, {
      // How far it goes is for the questions to say; a last step would be measured, wherever it is.
      ...{ steps: Number.MAX_SAFE_INTEGER, readEvery: Math.min(TESTED.every, to - state.step) },
      ...{ batchSize: this.#digits.inputs.cols, shuffle: false, optimiser: sgd(), learningRate },
      ...{ loss: squaredErrorLoss(), heldOut: { data: this.#tested, every: TESTED.every } },
      ...{ state, signal },
    });
    try {
      for await (const { step } of run) if (step >= to) break;
    } catch (error) {
      // The others train on.
      if (!(error instanceof DivergedError)) throw error;
      contender.diverged = true;
    }
  }

  #contender(name: string): Contender {
    const found = this.#contenders.get(name);
    if (found) return found;
    throw new InvalidArgumentError(
      `Expected one of ${[...this.#contenders.keys()].join(", ")} but found ${name}`,
    );
  }

  [Symbol.dispose](): void {
    this.#kept.dispose();
  }
}

/** The forecasts of all contenders, which are made before they are trained: their kernels are those of the weights at the start. */
interface Begun extends Disposable {
  readonly race: Race;
  readonly forecasts: ReadonlyMap<string, TrainingForecast>;
}

/** A race at one rate, kept for its next steps. */
function raceOf(lab: Lab, params: RaceParams, rate: RateParams, call: Call): Promise<Begun> {
  const { contenders, width, hidden, sparsity, seed, perClass } = params;
  const names = [...contenders].sort();
  const key = JSON.stringify([
    "race",
    names,
    width,
    hidden,
    sparsity,
    seed,
    perClass,
    rate.share,
    rate.rates,
  ]);
  return lab.shared(key, async () => {
    using made = new DisposableStack();
    const race = made.use(new Race(lab, params)), forecasts = new Map<string, TrainingForecast>();
    for (const [place, name] of contenders.entries()) {
      const { signal, onProgress } = partOf(call, place, contenders.length);
      await race.enter(lab, name, params, { signal: call.signal, onProgress: () => {} });
      forecasts.set(name, await race.forecast(name, { signal: signal!, onProgress: onProgress! }));
    }
    const kept = made.move();
    return { race, forecasts, [Symbol.dispose]: () => kept.dispose() };
  });
}

/** The rate at which a contender learns. Where nothing can be learnt it does not matter which. */
function rateOf({ forecasts }: Begun, name: string, { share, rates }: RateParams): number {
  const stable = [...forecasts].filter(([other]) => rates === "common" || other === name)
    .map(([, { largestStableRate }]) => largestStableRate);
  const least = Math.min(...stable);
  return least === Infinity ? 1 : share * least;
}

/** What the kernels say, before a step is taken. */
export async function forecastRace(
  lab: Lab,
  { race, rate, steps }: { readonly race: RaceParams; readonly rate: RateParams; readonly steps: number },
  call: Call,
): Promise<Forecast[]> {
  const begun = await raceOf(lab, race, rate, call);
  return race.contenders.map((name) => {
    const forecast = begun.forecasts.get(name)!, learningRate = rateOf(begun, name, rate);
    return {
      ...{ learningRate, largestStableRate: forecast.largestStableRate },
      losses: Float64Array.from(forecast.losses(learningRate, steps)),
    };
  });
}

/** Some steps of one contender: those that were taken already as they were. */
export async function takeSteps(lab: Lab, params: StepsParams, call: Call): Promise<Steps> {
  const begun = await raceOf(lab, params.race, params.rate, { signal: call.signal, onProgress: () => {} });
  return await begun.race.train(params, rateOf(begun, params.contender, params.rate), call);
}
