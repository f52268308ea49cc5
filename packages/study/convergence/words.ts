import { methodLabel } from "../method_styles.ts";
import { formatNumber } from "../report/format.ts";
import type { ConvergenceResult, ConvergenceRow } from "./convergence.ts";

/** Distances up to so many noise floors are within noise: what is left, taken apart from it, is less than a third of the floor. */
const WITHIN_NOISE = 1.05;

/** What a run of convergence comes to: which methods' masks are at their limit, or where those of the largest width are, and which not. */
export function convergenceFindings({ rows, rates, reference }: ConvergenceResult): string[] {
  const methods = [...new Set(rows.map(({ method }) => method))];
  const atLimit: string[] = [], apart: string[] = [], unknown: string[] = [];
  for (const method of methods) {
    const own = rows.filter((row) => row.method === method), last = own[own.length - 1];
    const name = methodLabel(method), ratio = limitRatio(last);
    if (ratio === undefined) unknown.push(referenceSentence(name, own, reference));
    else if (ratio <= WITHIN_NOISE) atLimit.push(name);
    else apart.push(apartSentence(name, own, ratio));
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
      ? `At n = ${width} the masks of ${atLimit.join(", ")} are at the limit computed for them, within noise.`
      : "",
    ...apart,
    ...unknown,
    fits.length > 0 ? `The debiased distance falls: ${fits.join("; ")}.` : "",
  ].filter((sentence) => sentence !== "");
}

/** How many noise floors a row is from the limit; undefined where that is not known. */
function limitRatio({ limitDistance, limitNoiseFloor }: ConvergenceRow): number | undefined {
  return limitDistance === undefined || !limitNoiseFloor ? undefined : limitDistance / limitNoiseFloor;
}

function apartSentence(name: string, rows: readonly ConvergenceRow[], ratio: number): string {
  const ratios = rows.map(limitRatio).filter((value) => value !== undefined);
  const debiased = rows.map(({ limitDebiased = NaN }) => limitDebiased);
  const nears = debiased.length > 1 && debiased.every((value, at) => at === 0 || value < debiased[at - 1]);
  return `${name} is not at its limit yet: ${formatNumber(ratio, 3)} noise floors away at n = ${
    rows[rows.length - 1].width
  }${ratios.length > 1 ? `, ${nears ? "nearer with every width" : "not nearer with every width"}` : ""}.`;
}

function referenceSentence(name: string, rows: readonly ConvergenceRow[], reference: number): string {
  const compared = rows.filter(({ width }) => width !== reference), last = compared[compared.length - 1];
  if (!last) return `${name} has no limit that is known here, and no other width to be compared with.`;
  const ratio = last.distance / last.noiseFloor;
  return `${name} has no limit that is known here; from n = ${last.width} to n = ${reference} its masks move by ${
    ratio <= WITHIN_NOISE ? "no more than noise" : `${formatNumber(ratio, 3)} noise floors`
  }.`;
}
