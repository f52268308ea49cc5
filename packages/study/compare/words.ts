import { formatNumber } from "../report/format.ts";
import { type Comparison, labelled, type MaskFacts } from "./compare.ts";
import type { PairDistance } from "./distances.ts";

/** What a comparison comes to, in a sentence or two each: what differs beyond noise, and what does not. */
export function findings(comparison: Comparison): string[] {
  const { masks, chain } = labelled(comparison);
  return [
    structure(comparison),
    quotas(masks),
    cutOff(masks, chain),
    ...extremes(masks),
  ].filter((sentence) => sentence !== "");
}

/** Which masks are of one graphon as far as chance can tell, layer by layer. */
export function structure(comparison: Comparison): string {
  const { masks, distances } = labelled(comparison);
  if (distances.length === 0) return "";
  const names = masks[0].layers.map(({ name }) => name);
  const keyOf = ({ a, b }: PairDistance) => JSON.stringify([a, b]);
  const pairs = [...new Set(distances.map(keyOf))].map((key) =>
    distances.filter((distance) => keyOf(distance) === key)
  );
  const alike: string[] = [], partly: string[] = [];
  let everywhere = 0;
  for (const ofPair of pairs) {
    const { a, b } = ofPair[0], beyond = ofPair.filter(({ beyondNoise }) => beyondNoise);
    if (beyond.length === ofPair.length) everywhere++;
    else if (beyond.length === 0) alike.push(`${a} and ${b}`);
    else partly.push(`${a} and ${b} (${layersOf(beyond, ofPair, names)})`);
  }
  return [
    everywhere > 0
      ? `${everywhere} of ${pairs.length} pairs of masks differ beyond chance in every layer.`
      : "",
    partly.length > 0 ? `In some layers only: ${partly.join("; ")}.` : "",
    alike.length > 0 ? `In none, as far as chance can tell: ${alike.join("; ")}.` : "",
    chance(distances.length),
  ].filter((sentence) => sentence !== "").join(" ");
}

/** Some layers by name: those that are, or where they are most those that are not. */
function layersOf(
  some: readonly PairDistance[],
  all: readonly PairDistance[],
  names: readonly string[],
): string {
  const list = (of: readonly PairDistance[]) => of.map(({ layer }) => names[layer]).join(", ");
  return some.length <= all.length / 2
    ? list(some)
    : `all but ${list(all.filter((one) => !some.includes(one)))}`;
}

/** Of very many comparisons at 95 %, some are wrong. */
function chance(count: number): string {
  const wrong = 0.05 * count;
  return wrong < 0.5
    ? ""
    : `Of ${count} comparisons at 95 %, chance alone makes about ${formatNumber(Math.round(wrong))} differ.`;
}

/** How unevenly layers are kept. */
function quotas(masks: readonly MaskFacts[]): string {
  const spread = ({ layers }: MaskFacts) => {
    const densities = layers.map(({ density }) => density);
    return Math.max(...densities) / Math.min(...densities);
  };
  const uneven = [...masks].sort((a, b) => spread(b) - spread(a))[0];
  if (!(spread(uneven) > 1.2)) return "All masks keep about the same share of every layer.";
  const densest = uneven.layers.reduce((most, layer) => layer.density > most.density ? layer : most);
  const sparsest = uneven.layers.reduce((least, layer) => layer.density < least.density ? layer : least);
  return `${uneven.name} is the least even over layers: it keeps ${
    percent(densest.density)
  } of ${densest.name} and ${percent(sparsest.density)} of ${sparsest.name}.`;
}

/** Which masks cut neurons off, or the network in two. */
function cutOff(masks: readonly MaskFacts[], chain: boolean): string {
  const broken = masks.filter(({ layers }) => layers.some(({ kept }) => kept === 0));
  if (broken.length > 0) {
    const keeps = `${listOf(broken)} ${broken.length > 1 ? "keep" : "keeps"}`;
    return chain
      ? `${keeps} nothing of a layer: no signal reaches the outputs.`
      : `${keeps} nothing of a layer, beside which signals may go on.`;
  }
  const dead = ({ layers }: MaskFacts) =>
    layers.slice(0, -1).reduce((sum, { deadOutputs }) => sum + deadOutputs, 0);
  const most = [...masks].sort((a, b) => dead(b) - dead(a))[0];
  if (dead(most) === 0) return "No mask leaves a hidden neuron without inputs.";
  const others = masks.filter((mask) => dead(mask) === 0);
  return `${most.name} leaves ${dead(most)} hidden neurons without inputs${
    others.length > 0 ? `; ${listOf(others)} leave none` : ""
  }.`;
}

/** Where the numbers are largest and least. */
function extremes(masks: readonly MaskFacts[]): string[] {
  const scored = masks.filter(({ kernel }) => kernel !== undefined);
  if (scored.length < 2) return [];
  const sentence = (what: string, of: (mask: MaskFacts) => number | undefined, format = formatNumber) => {
    const known = scored.filter((mask) => Number.isFinite(of(mask) ?? NaN));
    if (known.length < 2) return "";
    const [best, worst] = [Math.max, Math.min].map((choose) => {
      const value = choose(...known.map((mask) => of(mask)!));
      return known.find((mask) => of(mask) === value)!;
    });
    return `${what} is from ${format(of(worst)!)} (${worst.name}) to ${format(of(best)!)} (${best.name}).`;
  };
  return [
    sentence("The loss of the masked network as it stands", ({ loss }) => loss),
    sentence("The alignment of the kernel with the labels", ({ kernel }) => kernel?.alignment),
    sentence("After training, the loss", ({ training }) => training?.loss),
    sentence("After training, the accuracy", ({ training }) => training?.accuracy, percent),
  ];
}

function listOf(masks: readonly MaskFacts[]): string {
  return masks.map(({ name }) => name).join(", ");
}

function percent(fraction: number): string {
  return `${formatNumber(100 * fraction, 3)} %`;
}
