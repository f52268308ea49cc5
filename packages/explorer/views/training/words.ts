import { DIGITS } from "../../worker/networks.ts";
import { layerName, percent } from "../masks/words.ts";
import { methodLabel } from "../methods.ts";
import type { Curve } from "./charts.ts";
import type { Film, FilmParams, KernelPicture, TrainedNetwork } from "./requests.ts";

/** Three digits that count: `0.00412`, `110,000`, `3.72 · 10^12`. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-5 && size < 1e6)) {
    return value.toLocaleString("en", { maximumSignificantDigits: 3 });
  }
  const [digits, exponent] = value.toExponential(2).split("e");
  return `${digits} · 10^${Number(exponent)}`;
}

/** A contender as figures call it. */
export function contenderLabel(name: string): string {
  return name === "dense" ? "Dense" : methodLabel(name);
}

/** What the spectrum says against that of random pruning, in a sentence. */
export function kernelFinding(
  { method, sparsity }: TrainedNetwork,
  pruned: KernelPicture,
  random: KernelPicture | undefined,
): string {
  const name = `${methodLabel(method)} at ${percent(sparsity)}`;
  if (!(pruned.trace > 0)) {
    return `${name}: no path is left from the inputs to the outputs; the kernel is zero.`;
  }
  const own = `the five largest eigenvalues hold ${percent(pruned.energy5)} of the kernel`;
  const rank = short(pruned.effectiveRank);
  if (!random) return `${name}: ${own}; its effective rank is ${rank}.`;
  if (!(random.trace > 0)) {
    return `${name}: ${own}; random pruning leaves no path from the inputs to the outputs, and no kernel.`;
  }
  return `${name}: ${own}, those after random pruning ${
    percent(random.energy5)
  }; its effective rank is ${rank} against ${short(random.effectiveRank)}.`;
}

/** What else the kernels say. */
export function kernelWords(pruned: KernelPicture, random: KernelPicture | undefined): string {
  if (!random || !(random.trace > 0 && pruned.trace > 0)) return "";
  const ratio = pruned.trace / random.trace, larger = ratio >= 1;
  return `Its trace is ${short(larger ? ratio : 1 / ratio)} times as ${
    larger ? "large" : "small"
  }: at one learning rate such a network learns ${
    larger ? "faster" : "slower"
  } by as much. Its alignment with the classes is ${short(pruned.alignment)} against ${
    short(random.alignment)
  }.`;
}

/** What the picture of a kernel shows, for those who cannot see it: cosines between digits that are ordered by class. */
export function kernelInWords(what: string, likeness: ArrayLike<number>, samples: number): string {
  const perClass = samples / DIGITS.classes, sums = { same: 0, other: 0 }, counts = { same: 0, other: 0 };
  for (let i = 0; i < samples; i++) {
    for (let j = 0; j < samples; j++) {
      if (i === j) continue;
      const pair = Math.floor(i / perClass) === Math.floor(j / perClass) ? "same" : "other";
      sums[pair] += likeness[i * samples + j];
      counts[pair]++;
    }
  }
  const mean = (pair: "same" | "other") => short(sums[pair] / counts[pair]);
  return `${what}, ${samples} by ${samples} digits ordered by class: the gradients of two digits of one class have a cosine of ${
    mean("same")
  } in the mean, those of two classes ${mean("other")}`;
}

/** What training came to, in a sentence: who came lowest, and where the method is against chance. */
export function raceFinding(curves: ReadonlyMap<string, Curve>, steps: number): string {
  const last = steps - 1, names = [...curves.keys()];
  const finished = names.filter((name) => curves.get(name)!.losses.length >= steps);
  if (finished.length === 0) return "Every loss has grown beyond all numbers: take a smaller learning rate.";
  const lossOf = (name: string) => curves.get(name)!.losses[last];
  const said = (name: string) =>
    `${short(lossOf(name))} (its kernel said ${short(curves.get(name)!.predicted[last])})`;
  const lowest = finished.reduce((a, b) => lossOf(b) < lossOf(a) ? b : a);
  const others = [...new Set([names[0], "random"])].filter((name) => name !== lowest);
  return [
    `Before step ${steps} the loss is lowest ${under(lowest)}, ${said(lowest)}`,
    ...others.map((name) =>
      `${under(name)} it ${finished.includes(name) ? `is ${said(name)}` : "has diverged"}`
    ),
  ].join("; ") + ".";
}

function under(name: string): string {
  if (name === "random") return "after random pruning";
  return name === "dense" ? "without a mask" : `under ${contenderLabel(name)}’s mask`;
}

/** Errors below this share are not told apart. */
const SMALL_ERROR = 0.0005;

/** How far the prediction is off at most, as a share of the loss at the start. */
export function raceWords(curves: ReadonlyMap<string, Curve>): string {
  const finished = [...curves].filter(([, { losses, predicted }]) => losses.length >= predicted.length);
  const errors = finished.map(([name, { losses, predicted }]) => {
    const error = losses.reduce((most, loss, step) => Math.max(most, Math.abs(loss - predicted[step])), 0);
    const share = error / losses[0];
    return `${contenderLabel(name)} ${
      share < SMALL_ERROR ? `under ${percent(SMALL_ERROR)}` : percentOf(share)
    }`;
  });
  if (errors.length === 0) return "";
  return `The largest error of the prediction, as a share of the first loss: ${
    errors.join(", ")
  }. A kernel foretells what leaves its weights almost where they were: the wider the network, the better.`;
}

/** A share in percent; of one that is no number a dash. */
export function percentOf(share: number): string {
  return Number.isFinite(share) ? percent(share) : "–";
}

/** Cells along each axis that make the corner of the strongest neurons: an eighth. */
const CORNER_SHARE = 8;

/** The largest of a frame's cells, and the mean of those in the corner of the largest degrees. */
export function peaksOf(
  { frames, grid }: Film,
  round: number,
): { readonly most: number; readonly corner: number } {
  const cells = frames.subarray(round * grid ** 2, (round + 1) * grid ** 2), side = grid / CORNER_SHARE;
  let corner = 0;
  for (let i = 0; i < side; i++) {
    for (let j = 0; j < side; j++) corner += cells[i * grid + j] / side ** 2;
  }
  return { most: cells.reduce((a, b) => Math.max(a, b)), corner };
}

/** What the rounds come to, in a sentence. */
export function filmFinding(params: FilmParams, made: Film): string {
  const { method, sparsity, rounds, layer, hidden } = params, layers = hidden + 1;
  const { corner } = peaksOf(made, rounds), kept = made.densities[rounds * layers + layer];
  return `${methodLabel(method)} in ${rounds === 1 ? "one round" : `${rounds} rounds`} to ${
    percent(sparsity)
  }: ${layerName(layer, hidden)} ends with ${percent(kept)} of its weights, but with ${
    percent(corner)
  } of those between its strongest neurons.`;
}

/** What a round leaves, in words. */
export function frameInWords({ layer, hidden, rounds }: FilmParams, made: Film, round: number): string {
  const layers = hidden + 1, { corner } = peaksOf(made, round);
  return `Round ${round} of ${rounds}: ${percent(made.densities[round * layers + layer])} of the weights of ${
    layerName(layer, hidden)
  } are left, ${percent(corner)} where its strongest eighths of outputs and inputs meet; ${
    made.deadOutputs[round]
  } outputs and ${made.deadInputs[round]} inputs keep none.`;
}
