import { layerName, percent } from "../masks/words.ts";
import { methodLabel } from "../methods.ts";
import type { Curve } from "./charts.ts";
import type { Film, FilmParams, KernelPicture, TrainedNetwork } from "./requests.ts";

/** Three digits that count: `0.00412`, `1.23e+7`. */
export function short(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : "–";
}

/** A contender as figures call it. */
export function contenderLabel(name: string): string {
  return name === "dense" ? "Dense" : methodLabel(name);
}

function list(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
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

/** What a kernel shows, for those who cannot see it. */
export function kernelInWords(what: string, { kernel, samples }: KernelPicture): string {
  const classes = 10, perClass = samples / classes;
  let within = 0, all = 0;
  for (let i = 0; i < samples; i++) {
    for (let j = 0; j < samples; j++) {
      const value = kernel[i * samples + j];
      all += value / samples ** 2;
      if (Math.floor(i / perClass) === Math.floor(j / perClass)) within += value / (samples * perClass);
    }
  }
  return `${what}, ${samples} by ${samples} digits ordered by class: entries of one class are ${
    short(within / all)
  } times the mean of all`;
}

/** What training came to, in a sentence. */
export function raceFinding(curves: ReadonlyMap<string, Curve>, steps: number): string {
  const last = steps - 1;
  const parts = [...curves].map(([name, { losses }]) => `${short(losses[last])} under ${possessive(name)}`);
  const said = [...curves.values()].map(({ predicted }) => short(predicted[last]));
  return `Before step ${steps} the loss is ${list(parts)}; the kernels at the start said ${list(said)}.`;
}

function possessive(name: string): string {
  return name === "dense" ? "no mask" : `${contenderLabel(name)}’s mask`;
}

/** How far the prediction is off at most, as a share of the loss at the start. */
export function raceWords(curves: ReadonlyMap<string, Curve>): string {
  const errors = [...curves].map(([name, { losses, predicted }]) => {
    const error = losses.reduce((most, loss, step) => Math.max(most, Math.abs(loss - predicted[step])), 0);
    return `${contenderLabel(name)} ${percent(error / losses[0])}`;
  });
  return `The largest error of the prediction, as a share of the first loss: ${
    list(errors)
  }. It shrinks as the width grows.`;
}

/** The least and the largest of a frame's cells. */
export function extremesOf({ frames, grid }: Film, round: number): readonly [least: number, most: number] {
  const cells = frames.subarray(round * grid ** 2, (round + 1) * grid ** 2);
  return [cells.reduce((a, b) => Math.min(a, b)), cells.reduce((a, b) => Math.max(a, b))];
}

/** What the rounds come to, in a sentence. */
export function filmFinding(params: FilmParams, made: Film): string {
  const { method, sparsity, rounds, layer, hidden } = params, layers = hidden + 1;
  const [least, most] = extremesOf(made, rounds);
  const kept = made.densities[rounds * layers + layer];
  return `${methodLabel(method)} in ${rounds === 1 ? "one round" : `${rounds} rounds`} to ${
    percent(sparsity)
  }: ${layerName(layer, hidden)} ends with ${percent(kept)} of its weights, ${
    percent(most)
  } in its densest cell and ${percent(least)} in its emptiest.`;
}

/** What a round leaves, in words. */
export function frameInWords(
  { layer, hidden, rounds }: FilmParams,
  made: Film,
  round: number,
): string {
  const layers = hidden + 1, [least, most] = extremesOf(made, round);
  return `Round ${round} of ${rounds}: ${percent(made.densities[round * layers + layer])} of the weights of ${
    layerName(layer, hidden)
  } are left, ${percent(most)} in the densest cell, ${percent(least)} in the emptiest; ${
    made.deadOutputs[round]
  } outputs and ${made.deadInputs[round]} inputs keep none.`;
}
