import type { ChartPlace } from "../../elements/chart.ts";
import { button, choiceControl, sliderControl } from "../../elements/controls.ts";
import { h } from "../../elements/dom.ts";
import { Latest } from "../../elements/latest.ts";
import { percent } from "../masks/words.ts";
import { accuracyChart, type Curve, lossChart } from "./charts.ts";
import { networkOf, type TrainingValues } from "./fields.ts";
import { Comparison, complain, Findings, type Part, type PartStage } from "./part.ts";
import {
  type Accuracy,
  type Forecast,
  forecasts,
  type RaceParams,
  type RateParams,
  steps,
} from "./requests.ts";
import { contenderLabel, raceFinding, raceWords, short } from "./words.ts";

/** What any method runs against. */
const OTHERS = ["random", "magnitude", "dense"];

/** Steps that are asked for at a time: more where they take no time. */
const STRIDES = [1, 2, 5, 10, 20, 50];

/** Milliseconds for all contenders under which more steps are asked for at a time, and over which fewer are. */
const QUICK_MS = 200, SLOW_MS = 700;

/** A contender, as far as it is. */
interface Runner {
  readonly losses: number[];
  accuracies: readonly Accuracy[];
  diverged: boolean;
  readonly forecast: Forecast;
}

/** Loss curves of several masks of one network, step by step, beside what their kernels predict. */
export class RacePart implements Part {
  readonly title = "Training, live";
  readonly lead =
    "One network, from the same weights on the same digits, under several masks: gradient descent on squared loss, step by " +
    "step as it is computed. Dashed is what the tangent kernel said before the first step.";
  readonly controls;
  readonly element: HTMLElement;
  readonly #stage: PartStage;
  readonly #own;
  readonly #pause: HTMLButtonElement;
  readonly #findings = new Findings();
  readonly #numbers = new Comparison("The networks in numbers");
  readonly #losses: ChartPlace;
  readonly #accuracies: ChartPlace;
  readonly #work: Latest;
  #key = "";
  #values: TrainingValues | undefined;
  #paused = false;
  #runners = new Map<string, Runner>();

  constructor(stage: PartStage) {
    this.#stage = stage;
    this.#work = new Latest(stage.signal);
    const { set } = stage;
    this.#own = {
      learnt: sliderControl(
        "Digits to learn",
        { stops: [1, 2, 4, 6, 10], format: (perClass) => String(10 * perClass) },
        (learnt, step) => set({ learnt }, step),
      ),
      steps: sliderControl(
        "Steps",
        { stops: [20, 50, 100, 200, 500, 1000], format: String },
        (steps, step) => set({ steps }, step),
      ),
      rate: sliderControl("Learning rate", {
        stops: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.8],
        format: (share) => `${percent(share)} of stable`,
      }, (rate, step) => set({ rate }, step)),
      rates: choiceControl("Largest stable rate taken", [
        { value: "own", label: "each network’s own" },
        { value: "common", label: "the smallest, for all" },
      ], (rates, step) => set({ rates }, step)),
    };
    this.#pause = button("Pause", () => this.#toggle());
    const { learnt, steps, rate, rates } = this.#own;
    this.controls = [
      ...[learnt, steps, rate, rates].map(({ element }) => element),
      h("div", { class: "control" }, this.#pause),
    ];
    this.#losses = stage.charts.place(
      "Squared loss on the digits that are learnt: solid as training goes, dashed as the kernel said",
      stage.signal,
    );
    this.#accuracies = stage.charts.place("200 test digits, every ten steps", stage.signal);
    this.element = h(
      "div",
      {},
      this.#findings.element,
      h("div", { class: "charts" }, this.#losses.element, this.#accuracies.element),
      this.#numbers.element,
    );
  }

  show(values: TrainingValues): void {
    this.#values = values;
    this.#own.learnt.show(values.learnt);
    this.#own.steps.show(values.steps);
    this.#own.rate.show(values.rate);
    this.#own.rates.show(values.rates);
    const { race, rate } = questionOf(values), { steps } = values, key = JSON.stringify([race, rate, steps]);
    if (key === this.#key) return;
    this.#key = key;
    this.#setPaused(false);
    this.#run(values);
  }

  hide(): void {
    this.#work.cancel();
    this.#key = "";
  }

  #toggle(): void {
    this.#setPaused(!this.#paused);
    if (this.#paused) this.#work.cancel();
    else if (this.#values) this.#run(this.#values);
  }

  #setPaused(paused: boolean): void {
    this.#paused = paused;
    this.#pause.textContent = paused ? "Go on" : "Pause";
  }

  #run(values: TrainingValues): void {
    this.#pause.disabled = false;
    this.#work.run((signal) => this.#train(values, signal)).then(
      () => this.#pause.disabled = true,
      (error) => complain(this.#stage, error),
    );
  }

  /** Trains all contenders abreast; what was trained already comes at once. */
  async #train(values: TrainingValues, signal: AbortSignal): Promise<void> {
    const { library } = this.#stage, { progress } = this.#findings, question = questionOf(values);
    const { contenders } = question.race;
    this.#findings.age();
    try {
      const said = await library.ask(forecasts, { ...question, steps: values.steps }, {
        signal,
        onProgress: progress.begin("What the kernels predict"),
      });
      const runners = this.#runners = new Map<string, Runner>(
        contenders.map((
          name,
          i,
        ) => [name, { losses: [], accuracies: [], diverged: false, forecast: said[i] }]),
      );
      this.#draw(values);
      const tell = progress.begin("Training");
      for (let at = 0, stride = 0; at < values.steps;) {
        const begun = performance.now(), size = STRIDES[stride];
        const to = Math.min(values.steps, size * (Math.floor(at / size) + 1));
        for (const [contender, runner] of runners) {
          if (runner.diverged) continue;
          const taken = await library.ask(steps, { ...question, contender, from: at, to }, { signal });
          runner.losses.push(...taken.losses);
          runner.accuracies = taken.accuracies;
          runner.diverged = taken.diverged;
        }
        at = to;
        tell(at, values.steps);
        this.#draw(values);
        const took = performance.now() - begun;
        if (took < QUICK_MS) stride = Math.min(stride + 1, STRIDES.length - 1);
        else if (took > SLOW_MS) stride = Math.max(stride - 1, 0);
      }
      const curves = this.#curves();
      this.#findings.say(raceFinding(curves, values.steps), raceWords(curves));
    } finally {
      progress.end();
    }
  }

  #curves(): Map<string, Curve> {
    return new Map([...this.#runners].map(([name, { losses, accuracies, forecast }]) => [
      name,
      { losses, accuracies, predicted: forecast.losses },
    ]));
  }

  #draw({ steps }: TrainingValues): void {
    const curves = this.#curves(), { clientWidth } = this.#losses.element;
    this.#losses.show(lossChart(curves, steps, clientWidth));
    this.#accuracies.show(accuracyChart(curves, steps, clientWidth));
    const titles = [
      "pruned by",
      "first loss",
      "loss",
      "predicted",
      "accuracy",
      "learning rate",
      "largest stable rate",
    ];
    this.#numbers.show(
      titles,
      [...this.#runners].map(([name, { losses, accuracies, diverged, forecast }]) => {
        const at = Math.max(0, losses.length - 1), accuracy = accuracies.at(-1)?.accuracy;
        return [
          ...[contenderLabel(name), short(forecast.losses[0])],
          diverged ? "diverged" : short(losses[at] ?? NaN),
          ...[short(forecast.losses[at]), accuracy === undefined ? "–" : percent(accuracy)],
          ...[short(forecast.learningRate), short(forecast.largestStableRate)],
        ];
      }),
    );
  }
}

/** Who runs, and how fast, in a state. */
function questionOf(values: TrainingValues): { readonly race: RaceParams; readonly rate: RateParams } {
  const network = networkOf(values), contenders = [...new Set([network.method, ...OTHERS])];
  return {
    race: { ...network, contenders, perClass: values.learnt },
    rate: { share: values.rate, rates: values.rates },
  };
}
