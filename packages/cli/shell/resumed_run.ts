import { InvalidArgumentError } from "@graphon-limit/runtime";
import type { SavedTraining, TrainingState } from "@graphon-limit/training";
import { flagName } from "./flags.ts";
import { isModule, KIND_FLAGS, type KindFlags } from "./network_kind.ts";
import type { ModelFlags } from "./network_flags.ts";
import type { Session } from "./session.ts";
import type { TrainingData } from "./training_data.ts";
import type { TrainingFlags, TrainingSettings } from "./training_flags.ts";
import { UsageError } from "./usage.ts";

/** Throws where a run is gone on with on other samples than it began with; says where that cannot be told. */
export function assertSameSamples(
  session: Pick<Session, "notice">,
  source: string,
  { state: { sampling }, samples }: { readonly state: TrainingState; readonly samples?: string | undefined },
  { data, digest }: TrainingData,
): void {
  // Another number of them says more than that they are others.
  if (sampling && sampling.samples !== data.inputs.cols) return;
  if (samples === undefined) {
    session.notice(
      `${source} does not tell what it was trained on; whether these are the same samples is not known`,
    );
  } else if (samples !== digest) {
    throw new InvalidArgumentError(
      `Expected the samples that ${source} was trained on, in their order and normalised as they were, but found ` +
        "others",
    );
  }
}

type Flags = TrainingFlags & KindFlags & ModelFlags & { readonly resume?: string | undefined };

/**
 * Throws where a flag says of a run that is gone on with what it is not: its network, its optimiser and the order of its samples are
 * as they began. What is so may be said again.
 */
export function assertAsSaved(
  session: Pick<Session, "flags" | "given">,
  flags: Flags,
  { network: { architecture }, state }: SavedTraining,
  settings: Partial<TrainingSettings>,
): void {
  const { kind, activation, parametrization, sizes = {} } = architecture;
  const kindFlags = Object.keys(KIND_FLAGS) as (keyof KindFlags)[];
  const fixed: readonly (readonly [name: string, given: unknown, saved: unknown])[] = [
    ["activation", flags.activation, activation],
    ["parametrization", flags.parametrization, parametrization],
    // What a module defines is what is gone on with, or is refused as it is read.
    ...(isModule(flags) ? [] : kindFlags).map((name) =>
      [name, flags[name], name === "network" ? kind : sizes[name]] as const
    ),
    ["optimizer", flags.optimizer, state.optimiser],
    ["seed", session.flags.seed, settings.seed],
  ];
  for (const [name, given, saved] of fixed) {
    if (!session.given.has(name) || String(given) === String(saved)) continue;
    const flag = flagName(name), wanted = saved === undefined ? `no ${flag}` : `${flag} ${saved} or none`;
    throw new UsageError(`Expected ${wanted}, as in ${flags.resume}, but found ${String(given)}`);
  }
  if (!flags.shuffle && state.sampling?.shuffle) {
    throw new UsageError(`Expected no --no-shuffle: the samples of ${flags.resume} are shuffled`);
  }
}
