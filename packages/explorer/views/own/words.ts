import { count, percent } from "../masks/words.ts";
import type { LayerFacts, OwnPicture, Role } from "./requests.ts";

/** What a file is taken for, as the page's choices say it. */
export const ROLE_WORDS: Readonly<Record<Role, string>> = {
  masks: "masks",
  nonzero: "weights, those that are 0 pruned",
  weights: "weights, to prune here",
  samples: "samples to score on",
  images: "images to score on",
  none: "left out",
};

/** A size in bytes, as people say it. */
export function bytesInWords(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB"], step = Math.min(3, Math.floor(Math.log2(bytes || 1) / 10));
  return `${Number((bytes / 1024 ** step).toPrecision(3))} ${units[step]}`;
}

/** What a layer's mask shows, in a sentence. */
export function ownFinding({ name }: LayerFacts, { rows, cols, kept, outputDegrees }: OwnPicture): string {
  const share = `${name} keeps ${percent(kept / (rows * cols))} of its ${count(rows * cols)} weights`;
  if (kept === 0) return `${share}.`;
  const tenth = Math.max(1, Math.round(rows / 10));
  const most = outputDegrees.subarray(0, tenth).reduce((sum, degree) => sum + degree, 0) * cols / kept;
  const whose = tenth === 1 ? "the output that keeps most holds" : `the ${tenth} outputs that keep most hold`;
  return `${share}; ${whose} ${percent(most)} of them.`;
}

/** Which neurons keep nothing. */
export function deadInWords({ rows, cols, deadOutputs, deadInputs }: OwnPicture): string {
  const dead = (number: number, all: number, what: string) =>
    `${number === 0 ? "none" : count(number)} of its ${count(all)} ${what}`;
  const outputs = dead(deadOutputs, rows, "outputs");
  return `${outputs[0].toUpperCase()}${outputs.slice(1)} and ${
    dead(deadInputs, cols, "inputs")
  } keep no weight at all.`;
}
