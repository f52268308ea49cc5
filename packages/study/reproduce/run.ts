import type { Experiment, Outcome } from "./experiment.ts";
import type { Laboratory } from "./laboratory.ts";
import type { Scale } from "./scale.ts";
import { canonicalJson, type Unit } from "./unit.ts";

/** What came of an experiment. */
export interface Finding {
  readonly experiment: Experiment;
  readonly outcome: Outcome;
  /** Seconds that its units took when they were computed, those shared with other experiments included. */
  readonly seconds: number;
  readonly units: number;
}

/** What came of a run. */
export interface RunResult {
  readonly findings: readonly Finding[];
  /** Seconds that all units took when they were computed, in this run or an earlier one, each counted once. */
  readonly seconds: number;
}

export interface RunOptions {
  /** Told before the first unit is computed how many there are to compute and how many were found. */
  readonly onStart?: (missing: number, found: number) => void;
  /** Told before each unit that is computed, and after the last. */
  readonly onUnit?: (done: number, label: string) => void;
}

/** Carries out experiments: computes the units that are missing, each once, and evaluates. */
export async function runExperiments(
  lab: Laboratory,
  experiments: readonly Experiment[],
  scale: Scale,
  { onStart, onUnit }: RunOptions = {},
): Promise<RunResult> {
  const units = new Map<string, Unit>();
  for (const experiment of experiments) {
    for (const unit of experiment.units(scale)) {
      units.set(canonicalJson({ kind: unit.kind, params: unit.params }), unit);
    }
  }
  const missing: Unit[] = [];
  for (const unit of units.values()) {
    if (!await lab.store.find(unit)) missing.push(unit);
  }
  onStart?.(missing.length, units.size - missing.length);
  for (const [done, unit] of missing.entries()) {
    onUnit?.(done, unit.label);
    await lab.get(unit);
  }
  onUnit?.(missing.length, "done");

  const findings: Finding[] = [];
  for (const experiment of experiments) {
    const own = experiment.units(scale);
    let seconds = 0;
    for (const unit of own) seconds += (await lab.record(unit)).seconds;
    findings.push({ experiment, outcome: await experiment.evaluate(lab, scale), seconds, units: own.length });
  }
  let seconds = 0;
  for (const unit of units.values()) seconds += (await lab.record(unit)).seconds;
  return { findings, seconds };
}
