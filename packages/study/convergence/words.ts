import { LIMITS } from "@graphon-limit/limit";
import { methodLabel } from "../method_styles.ts";
import { formatNumber } from "../report/format.ts";
import type { ConvergenceResult, ConvergenceRow } from "./convergence.ts";

/** What a method's masks of the largest width are to what they are measured against. */
interface Standing {
  readonly distance: number;
  readonly noiseFloor: number;
  /** The ends of the debiased distance's 95 % interval, where there are trials to tell. */
  readonly ends: readonly [number, number] | undefined;
}

/** What a run of convergence comes to: which methods' masks are at their limit, or where those of the largest width are, and which not. */
export function convergenceFindings(result: ConvergenceResult): string[] {
  const { rows, rates, reference } = result;
  const methods = [...new Set(rows.map(({ method }) => method))];
  const atLimit: string[] = [], apart: string[] = [], unknown: string[] = [];
  let judged = 0;
  for (const method of methods) {
    const own = rows.filter((row) => row.method === method), standing = toLimit(own[own.length - 1]);
    const name = methodLabel(method);
    if (standing === undefined) unknown.push(referenceSentence(name, own, result));
    else if (standing.ends === undefined) {
      unknown.push(
        `${name} is ${howFar(standing)} from its limit at n = ${own[own.length - 1].width}; ${UNTOLD}.`,
      );
    } else if (isWithinNoise(standing)) atLimit.push(`${name}${atMost(standing)}`);
    else apart.push((LIMITS.get(method)?.exact ? sortedSentence : apartSentence)(name, own, standing));
    if (standing?.ends) judged++;
  }
  const width = Math.max(...rows.map((row) => row.width));
  const fits = rates.map(({ method, to, exponent, standardError, widths }) => {
    const target = to === "limit" ? "its limit" : `n = ${reference}`;
    const error = standardError === undefined ? "" : ` ± ${standardError.toFixed(2)}`;
    const falls = exponent > 2 * (standardError ?? 0);
    return `${methodLabel(method)} to ${target} ${
      falls ? `as n^(−${exponent.toFixed(2)}${error})` : `does not fall (α = ${exponent.toFixed(2)}${error})`
    }, over ${widths} widths`;
  });
  return [
    atLimit.length > 0
      ? `At n = ${width} the masks of ${atLimit.join(", ")} cannot be told from the limit computed for them.`
      : "",
    ...apart,
    ...unknown,
    chance(judged),
    fits.length > 0 ? `The debiased distance falls: ${fits.join("; ")}.` : "",
  ].filter((sentence) => sentence !== "");
}

/** Where a row is to the limit; undefined where that is not known. */
function toLimit(row: ConvergenceRow): Standing | undefined {
  const { limitDistance, limitNoiseFloor, limitLow, limitHigh } = row;
  if (limitDistance === undefined || limitNoiseFloor === undefined) return undefined;
  return { distance: limitDistance, noiseFloor: limitNoiseFloor, ends: pair(limitLow, limitHigh) };
}

function pair(low: number | undefined, high: number | undefined): [number, number] | undefined {
  return low === undefined || high === undefined ? undefined : [low, high];
}

/** Said of a distance that has no interval. */
const UNTOLD = "how much of that is noise one trial cannot tell";

/** A single trial does not tell. */
function isWithinNoise({ ends }: Standing): boolean {
  return ends?.[0] === 0;
}

function atMost({ ends }: Standing): string {
  return ends === undefined ? "" : ` (at most ${formatNumber(ends[1], 3)} away)`;
}

/** How far two averages are apart beyond noise, by their interval or, of a single trial, in noise floors. */
function howFar({ distance, noiseFloor, ends }: Standing): string {
  return ends === undefined
    ? `${formatNumber(distance / noiseFloor, 3)} noise floors`
    : `${formatNumber(ends[0], 3)} to ${formatNumber(ends[1], 3)}`;
}

function apartSentence(name: string, rows: readonly ConvergenceRow[], standing: Standing): string {
  return `${name} is not at its limit yet: ${howFar(standing)} away at n = ${rows[rows.length - 1].width}${
    nearing(rows)
  }.`;
}

/** Of a method whose masks have their limit's constants at any width: what is left is what sorting makes of them (docs/mathematics.md §5). */
function sortedSentence(name: string, rows: readonly ConvergenceRow[], standing: Standing): string {
  return `The averages of ${name} are ${howFar(standing)} from its limit at n = ${
    rows[rows.length - 1].width
  }${nearing(rows)}: it is constant, which averages of masks sorted by their degrees are not at any width.`;
}

function nearing(rows: readonly ConvergenceRow[]): string {
  const debiased = rows.map(({ limitDebiased }) => limitDebiased).filter((value) => value !== undefined);
  if (debiased.length < 2) return "";
  const nears = debiased.every((value, at) => at === 0 || value < debiased[at - 1]);
  return nears ? ", nearer with every width" : ", not nearer with every width";
}

function referenceSentence(
  name: string,
  rows: readonly ConvergenceRow[],
  { reference, withoutLimits = false }: ConvergenceResult,
): string {
  const compared = rows.filter(({ width }) => width !== reference), last = compared[compared.length - 1];
  const why = withoutLimits
    ? `${name} is not compared with a limit, which was left out`
    : `${name} has no limit that is known here`;
  if (!last) return `${why}, and there is no other width to compare it with.`;
  const standing = { ...last, ends: pair(last.low, last.high) };
  return `${why}; from n = ${last.width} to n = ${reference} its masks move by ${
    isWithinNoise(standing) ? `no more than noise${atMost(standing)}` : howFar(standing)
  }${standing.ends === undefined ? `; ${UNTOLD}` : ""}.`;
}

/** How sure the verdicts on the limit are, and how many of them would be wrong by chance. */
function chance(judged: number): string {
  if (judged === 0) return "";
  const wrong = 0.05 * judged;
  return `Distances are without noise, at 95 % confidence${
    wrong < 0.5
      ? "."
      : `: of ${judged} methods at their limit, chance alone takes about ${Math.round(wrong)} from it.`
  }`;
}
