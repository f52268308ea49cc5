import { InvalidArgumentError, show } from "@graphon-limit/runtime";
import type { Experiment } from "./experiment.ts";
import { GRAPHON_EXPERIMENTS } from "./graphon_experiments.ts";
import { SPECTRUM_EXPERIMENTS } from "./spectrum_experiments.ts";
import { TRAINING_EXPERIMENTS } from "./training_experiments.ts";

/** Every experiment, figures first. */
export const EXPERIMENTS: readonly Experiment[] = [
  ...GRAPHON_EXPERIMENTS,
  ...SPECTRUM_EXPERIMENTS,
  ...TRAINING_EXPERIMENTS,
].sort((a, b) => order(a) - order(b));

function order({ id }: Experiment): number {
  return (id[0] === "F" ? 0 : 100) + Number(id.slice(1));
}

/**
 * The experiments of some names, `all` being all of them; in the catalogue's order, each once.
 *
 * @throws {InvalidArgumentError} if there is none of a name
 */
export function findExperiments(names: readonly string[]): Experiment[] {
  const wanted = new Set(names.map((name) => name.toUpperCase()));
  const known = EXPERIMENTS.map(({ id }) => id);
  for (const name of wanted) {
    if (name !== "ALL" && !known.includes(name)) {
      throw new InvalidArgumentError(
        `Expected experiments of ${known.join(", ")} or all but found ${show(name)}`,
      );
    }
  }
  return EXPERIMENTS.filter(({ id }) => wanted.has("ALL") || wanted.has(id));
}
