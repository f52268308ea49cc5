import type { Chart } from "../../figures/requests.ts";
import { layerName } from "../masks/words.ts";
import type { Accuracy, Film, KernelPicture } from "./requests.ts";

/** Pixels of a chart's frame: what the page has room for, less its labels. */
function frame(room: number) {
  return { width: Math.max(200, Math.min(480, room - 110)), height: 240 };
}

/** Whole spectra, each as shares of its trace, so that kernels of any size show their form. */
export function spectrumChart(pictures: ReadonlyMap<string, KernelPicture>, room: number): Chart {
  const series = [...pictures].filter(([, { trace }]) => trace > 0).map(([name, picture]) => {
    const shares = Array.from(picture.eigenvalues, (value) => value / picture.trace);
    return { name, x: shares.map((_, k) => k + 1), y: shares };
  });
  return {
    kind: "lines",
    options: {
      ...{ series, xLabel: "k", yLabel: "k-th eigenvalue / trace", logX: true, logY: true, points: false },
      ...frame(room),
    },
  };
}

/** What is known of one contender. */
export interface Curve {
  /** The loss before each step that was taken. */
  readonly losses: readonly number[];
  readonly accuracies: readonly Accuracy[];
  /** The loss before each step, as the kernel said. */
  readonly predicted: ArrayLike<number>;
}

/** Losses as they went, and as the kernels said. */
export function lossChart(curves: ReadonlyMap<string, Curve>, steps: number, room: number): Chart {
  const line = (name: string, variant: string, losses: ArrayLike<number>) => {
    const y = Array.from(losses).slice(0, steps);
    return { name, variant, x: y.map((_, step) => step), y };
  };
  const series = [...curves].flatMap(([name, { losses, predicted }]) => [
    line(name, "training", losses),
    line(name, "kernel’s prediction", predicted),
  ]);
  return {
    kind: "lines",
    options: {
      ...{ series, xLabel: "step", yLabel: "squared loss", logY: true, points: false },
      ...frame(room),
    },
  };
}

/** The share of test digits that is told right, by steps. */
export function accuracyChart(curves: ReadonlyMap<string, Curve>, steps: number, room: number): Chart {
  const series = [...curves].map(([name, { accuracies }]) => {
    const shown = accuracies.filter(({ step }) => step <= steps);
    return { name, x: shown.map(({ step }) => step), y: shown.map(({ accuracy }) => accuracy) };
  });
  return {
    kind: "lines",
    options: {
      ...{ series, xLabel: "step", yLabel: "accuracy on test digits", yFormat: ".0%", points: false },
      ...frame(room),
    },
  };
}

/** Lines of colours of their own: layers beyond have them again, dashed. */
const COLOURS = 3;

/** The share of weights that each layer keeps, round by round. */
export function densityChart({ densities, deadOutputs }: Film, room: number): Chart {
  const frames = deadOutputs.length, layers = densities.length / frames;
  const x = Array.from({ length: frames }, (_, round) => round);
  const series = Array.from({ length: layers }, (_, layer) => {
    const first = COLOURS * Math.floor(layer / COLOURS), last = Math.min(first + COLOURS, layers) - 1;
    return {
      name: `${layer}: ${layerName(layer, layers - 1).replace(/^the /, "")}`,
      variant: first === last ? `layer ${first}` : `layers ${first} to ${last}`,
      x,
      y: x.map((round) => densities[round * layers + layer]),
    };
  });
  return {
    kind: "lines",
    options: {
      ...{ series, xLabel: "round", yLabel: "share of weights kept", logY: true, points: false },
      ...frame(room),
    },
  };
}
