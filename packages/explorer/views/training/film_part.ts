import type { ChartPlace } from "../../elements/chart.ts";
import { button, choiceControl, sliderControl } from "../../elements/controls.ts";
import { h, prefersStillness } from "../../elements/dom.ts";
import { ColourScale, HeatMapCanvas } from "../../elements/heat_map.ts";
import { Latest } from "../../elements/latest.ts";
import { DIGITS } from "../../worker/networks.ts";
import { methodLabel } from "../methods.ts";
import { densityChart } from "./charts.ts";
import { networkOf, type TrainingValues } from "./fields.ts";
import { complain, Findings, type Part, type PartStage } from "./part.ts";
import { type Film, film, type FilmParams } from "./requests.ts";
import { filmFinding, frameInWords, peaksOf } from "./words.ts";

/** Milliseconds of a frame, and of one for those who asked for little motion. */
const FRAME_MS = 80, STILL_FRAME_MS = 1000;

/** One layer's graphon W(u, v, t) over the rounds of pruning, as a film. */
export class FilmPart implements Part {
  readonly title = "Round by round";
  readonly lead =
    "SynFlow prunes in many rounds, and scores anew what is left. So its graphon is a film, W(u, v, t): drag the round, or " +
    "play it, and see how the corner of strong neurons stays while the rest thins out. Other methods can be asked for rounds, too.";
  readonly controls;
  readonly element: HTMLElement;
  readonly #stage: PartStage;
  readonly #own;
  readonly #layers = h("select", { id: "film-layer" });
  readonly #findings = new Findings();
  readonly #picture = new HeatMapCanvas("The layer’s graphon, outputs and inputs sorted anew in each round");
  readonly #scale = new ColourScale("share of weights kept in this round");
  readonly #play = button("Play", () => this.#timer === undefined ? this.#begin() : this.#hold());
  readonly #round: ReturnType<typeof sliderControl>;
  readonly #densities: ChartPlace;
  readonly #work: Latest;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #key = "";
  #values: TrainingValues | undefined;
  #film: { readonly params: FilmParams; readonly made: Film } | undefined;

  constructor(stage: PartStage) {
    this.#stage = stage;
    this.#work = new Latest(stage.signal);
    const { set } = stage;
    this.#own = {
      rounds: sliderControl(
        "Rounds",
        { stops: [1, 2, 5, 10, 20, 50, 100, 200], format: String },
        (rounds, step) => set({ rounds, round: rounds }, step),
      ),
      schedule: choiceControl("Share kept falls", [
        { value: "exponential", label: "by a factor each round" },
        { value: "linear", label: "by as much each round" },
      ], (schedule, step) => set({ schedule }, step)),
    };
    this.#layers.addEventListener("change", () => set({ layer: this.#layers.selectedIndex }, "push"));
    this.controls = [
      this.#own.rounds.element,
      this.#own.schedule.element,
      h("div", { class: "control" }, h("label", { for: this.#layers.id }, "Layer shown"), this.#layers),
    ];
    this.#round = sliderControl(
      "Round",
      { stops: roundsTo(0), format: String },
      (round, step) => {
        this.#stop();
        set({ round }, step);
      },
    );
    this.#densities = stage.charts.place("The share of its weights that each layer keeps", stage.signal);
    stage.signal.addEventListener("abort", () => this.#stop(), { once: true });
    this.element = this.#layOut();
  }

  #layOut(): HTMLElement {
    this.#round.element.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      this.#play.click();
    });
    return h(
      "div",
      {},
      this.#findings.element,
      h(
        "div",
        { class: "film" },
        h(
          "div",
          {},
          this.#picture.element,
          h("div", { class: "scrubber" }, this.#play, this.#round.element),
          this.#scale.element,
        ),
        this.#densities.element,
      ),
    );
  }

  show(values: TrainingValues): void {
    this.#values = values;
    const { layer, depth, width, rounds, schedule } = values;
    this.#own.rounds.show(rounds);
    this.#own.schedule.show(schedule);
    this.#layers.replaceChildren(
      ...Array.from({ length: depth + 1 }, (_, l) => {
        const [inputs, outputs] = [l === 0 ? DIGITS.inputs : width, l === depth ? DIGITS.classes : width];
        const place = l === 0 ? " (input)" : l === depth ? " (output)" : "";
        return h("option", {}, `${l}: ${inputs} → ${outputs}${place}`);
      }),
    );
    this.#layers.selectedIndex = Math.min(layer, depth);
    this.#round.offer(roundsTo(rounds));
    const params: FilmParams = {
      ...networkOf(values),
      layer: Math.min(layer, depth),
      rounds,
      schedule,
    };
    const key = JSON.stringify(params);
    if (key === this.#key) return this.#showFrame();
    this.#stop();
    this.#key = key;
    this.#round.show(Math.min(values.round, rounds));
    for (const old of [this.#findings, this.#picture]) old.age();
    this.#work.run((signal) => this.#make(params, signal)).catch((error) => complain(this.#stage, error));
  }

  hide(): void {
    this.#stop();
    this.#work.cancel();
    this.#key = "";
  }

  async #make(params: FilmParams, signal: AbortSignal): Promise<void> {
    const { library } = this.#stage, { progress } = this.#findings;
    this.#film = undefined;
    try {
      const onProgress = progress.begin(`Pruning by ${methodLabel(params.method)}, round by round`);
      const made = await library.ask(film, params, { signal, onProgress });
      this.#film = { params, made };
      this.#showFrame();
      this.#densities.show(densityChart(made, this.#densities.element.clientWidth));
    } finally {
      progress.end();
    }
  }

  #showFrame(): void {
    if (!this.#film || !this.#values) return;
    const { params, made } = this.#film, { grid } = made;
    const round = Math.min(this.#values.round, params.rounds), words = frameInWords(params, made, round);
    const { most } = peaksOf(made, round);
    this.#round.show(round);
    this.#scale.show(most);
    this.#picture.show(
      made.frames.subarray(round * grid ** 2, (round + 1) * grid ** 2),
      grid,
      most || 1,
      words,
    );
    this.#findings.say(filmFinding(params, made), words);
  }

  /** Plays from the round that is shown, or from the first where it is the last. */
  #begin(): void {
    if (!this.#film || !this.#values) return;
    const { rounds } = this.#film.params;
    if (this.#values.round >= rounds) this.#stage.set({ round: 0 }, "replace");
    this.#play.textContent = "Stop";
    const next = () => {
      const round = Math.min(this.#values!.round, rounds) + 1;
      this.#timer = setTimeout(next, prefersStillness() ? STILL_FRAME_MS : FRAME_MS);
      this.#stage.set({ round }, "replace");
      if (round >= rounds) this.#hold();
    };
    this.#timer = setTimeout(next, 0);
  }

  /** Stops where it is, which ends this step of the history. */
  #hold(): void {
    this.#stop();
    if (this.#values) this.#stage.set({ round: this.#values.round }, "push");
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#play.textContent = "Play";
  }
}

/** The rounds of a film, and what was before the first. */
function roundsTo(rounds: number): number[] {
  return Array.from({ length: rounds + 1 }, (_, round) => round);
}
