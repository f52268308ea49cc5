import type { ChartPlace } from "../../elements/chart.ts";
import { sliderControl } from "../../elements/controls.ts";
import { h } from "../../elements/dom.ts";
import { ColourScale, HeatMapCanvas } from "../../elements/heat_map.ts";
import { Latest } from "../../elements/latest.ts";
import { methodLabel } from "../methods.ts";
import { spectrumChart } from "./charts.ts";
import { networkOf, type TrainingValues } from "./fields.ts";
import { Comparison, complain, Findings, type Part, type PartStage } from "./part.ts";
import { type KernelParams, type KernelPicture, kernelPicture } from "./requests.ts";
import { kernelFinding, kernelInWords, kernelWords, percentOf, short } from "./words.ts";

/** What methods are measured against. */
const AGAINST = "random";

/** Digits of each class that the slider stops at. */
const DIGITS = [5, 10, 20, 40];

/** The tangent kernel of the pruned network and of one that was pruned at random, and their spectra. */
export class KernelPart implements Part {
  readonly title = "Kernel and spectrum";
  readonly lead =
    "While a wide network learns it hardly leaves the line through its start: which digits learn together, and how fast, " +
    "its tangent kernel says. A few large eigenvalues are a few directions that are learnt at once; the rest waits.";
  readonly controls;
  readonly element: HTMLElement;
  readonly #stage: PartStage;
  readonly #digits;
  readonly #findings = new Findings();
  readonly #pruned = new HeatMapCanvas("The kernel of the pruned network, digits ordered by class");
  readonly #random = new HeatMapCanvas("After random pruning at the same sparsity");
  readonly #scale = new ColourScale("cosine of two digits’ gradients, 0 % and below dark");
  readonly #numbers = new Comparison("The kernels in numbers");
  readonly #spectrum: ChartPlace;
  readonly #work: Latest;
  #shown = "";

  constructor(stage: PartStage) {
    this.#stage = stage;
    this.#work = new Latest(stage.signal);
    this.#digits = sliderControl(
      "Digits in the kernel",
      { stops: DIGITS, format: (perClass) => String(10 * perClass) },
      (digits, step) => stage.set({ digits }, step),
    );
    this.controls = [this.#digits.element];
    this.#spectrum = stage.charts.place(
      "Both spectra, all eigenvalues as shares of their sum: the steeper, the fewer directions are learnt",
      stage.signal,
    );
    this.#scale.show(1);
    this.element = h(
      "div",
      {},
      this.#findings.element,
      h("div", { class: "pictures two" }, this.#pruned.element, this.#random.element),
      this.#scale.element,
      this.#numbers.element,
      h("div", { class: "charts" }, this.#spectrum.element),
    );
  }

  show(values: TrainingValues): void {
    this.#digits.show(values.digits);
    const params: KernelParams = { ...networkOf(values), perClass: values.digits },
      key = JSON.stringify(params);
    if (key === this.#shown) return;
    this.#shown = key;
    for (const old of [this.#findings, this.#pruned, this.#random]) old.age();
    this.#work.run((signal) => this.#draw(params, signal)).catch((error) => complain(this.#stage, error));
  }

  hide(): void {
    this.#work.cancel();
    this.#shown = "";
  }

  async #draw(params: KernelParams, signal: AbortSignal): Promise<void> {
    const { library } = this.#stage, { progress } = this.#findings;
    try {
      const name = methodLabel(params.method);
      const pruned = await library.ask(kernelPicture, params, {
        signal,
        onProgress: progress.begin(`The kernel of ${name}`),
      });
      this.#tell(params, pruned, undefined);
      paint(this.#pruned, pruned, `The kernel after pruning by ${name}`);
      this.#random.element.hidden = params.method === AGAINST;
      if (params.method === AGAINST) return;
      const random = await library.ask(kernelPicture, { ...params, method: AGAINST }, {
        signal,
        onProgress: progress.begin("The kernel of random pruning"),
      });
      paint(this.#random, random, "The kernel after random pruning");
      this.#tell(params, pruned, random);
    } finally {
      progress.end();
    }
  }

  #tell(params: KernelParams, pruned: KernelPicture, random: KernelPicture | undefined): void {
    if (random || params.method === AGAINST) {
      this.#findings.say(kernelFinding(params, pruned, random), kernelWords(pruned, random));
    }
    const pictures = new Map([[params.method, pruned], ...(random ? [[AGAINST, random] as const] : [])]);
    const titles = [
      ...[
        "pruned by",
        "five largest",
        "effective rank",
        "decay rate",
        "alignment with classes",
        "trace",
        "computed in",
      ],
    ];
    this.#numbers.show(
      titles,
      [...pictures].map(([name, picture]) => [
        ...[methodLabel(name), percentOf(picture.energy5), short(picture.effectiveRank)],
        ...[short(picture.decayRate), short(picture.alignment), short(picture.trace)],
        `${picture.milliseconds.toFixed(0)} ms`,
      ]),
    );
    this.#spectrum.show(spectrumChart(pictures, this.#spectrum.element.parentElement?.clientWidth ?? 0));
  }
}

/** Paints how alike digits are to the network: the kernel's entries over the roots of their two diagonal ones. */
function paint(canvas: HeatMapCanvas, picture: KernelPicture, what: string): void {
  const { kernel, samples } = picture;
  const lengths = Float64Array.from({ length: samples }, (_, i) => Math.sqrt(kernel[i * samples + i]) || 1);
  const likeness = kernel.map((value, at) =>
    value / (lengths[Math.floor(at / samples)] * lengths[at % samples])
  );
  canvas.show(likeness, samples, 1, kernelInWords(what, likeness, samples));
}
