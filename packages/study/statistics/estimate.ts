import { studentQuantile } from "@graphon-limit/graphon";

/** A mean over trials and how far it may be off. */
export interface Estimate {
  readonly mean: number;
  /** Standard deviation between trials; NaN of a single one. */
  readonly deviation: number;
  /** Half of the 95 % confidence interval of the mean; infinite for a single trial. */
  readonly margin: number;
  readonly count: number;
}

/** The mean of some trials, its spread and its confidence interval. */
export function estimate(values: readonly number[]): Estimate {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = count > 1 ? Math.sqrt(squares / (count - 1)) : NaN;
  const margin = count > 1 ? studentQuantile(0.95, count - 1) * deviation / Math.sqrt(count) : Infinity;
  return { mean, deviation, margin, count };
}

/** A line of a plot through means, with a band of one deviation where there is more than one trial. */
export function lineThrough(
  estimates: readonly Estimate[],
): { y: number[]; low?: number[]; high?: number[] } {
  const y = estimates.map(({ mean }) => mean);
  if (estimates.some(({ count }) => count < 2)) return { y };
  return {
    y,
    low: estimates.map(({ mean, deviation }) => mean - deviation),
    high: estimates.map(({ mean, deviation }) => mean + deviation),
  };
}

/** The mean difference of trials in pairs, `a[t] − b[t]`. */
export function difference(a: readonly number[], b: readonly number[]): Estimate {
  return estimate(a.map((value, trial) => value - b[trial]));
}

/** Whether a difference is above zero, below, or cannot be told from it, at 95 % confidence. */
export function sign({ mean, margin }: Estimate): "above" | "below" | "undecided" {
  if (mean - margin > 0) return "above";
  return mean + margin < 0 ? "below" : "undecided";
}

/** Whether a difference is within a tolerance of zero, beyond it, or cannot be told, at 95 % confidence. */
export function within({ mean, margin }: Estimate, tolerance: number): "within" | "beyond" | "undecided" {
  if (Math.abs(mean) + margin <= tolerance) return "within";
  return Math.abs(mean) - margin > tolerance ? "beyond" : "undecided";
}

/** `0.4756 ± 0.0140`, the deviation between trials. */
export function withDeviation({ mean, deviation }: Estimate, digits: number): string {
  return Number.isNaN(deviation)
    ? mean.toFixed(digits)
    : `${mean.toFixed(digits)} ± ${deviation.toFixed(digits)}`;
}

/** `0.021 ± 0.004`, a value and half its confidence interval. */
export function withInterval({ mean, margin }: Estimate, digits: number): string {
  const value = mean.toFixed(digits).replace("-", "−");
  return Number.isFinite(margin) ? `${value} ± ${margin.toFixed(digits)}` : value;
}

/** `+0.021 ± 0.004`, a difference and half its confidence interval. */
export function withMargin({ mean, margin }: Estimate, digits: number): string {
  const signed = `${mean >= 0 ? "+" : "−"}${Math.abs(mean).toFixed(digits)}`;
  return Number.isFinite(margin) ? `${signed} ± ${margin.toFixed(digits)}` : signed;
}
