import type { DeviceFlags } from "../shell/common_flags.ts";
import type { Plan, PlannedTask, RunOutcome } from "@graphon-limit/study";

/** What a member of a crew is given when it begins. */
export interface MemberData {
  /** The plan without its tasks, which come one by one. */
  readonly plan: Plan;
  readonly store: string;
  readonly dataDir: string | undefined;
  readonly device: DeviceFlags;
}

/** What a member is told: the next task; without one it ends. */
export type ToMember = PlannedTask | null;

/** What a member tells. */
export type FromMember =
  /** It is ready for a task, and what came of the one before. */
  | { readonly kind: "ready"; readonly outcome?: RunOutcome }
  | { readonly kind: "at-hand"; readonly description: string }
  | { readonly kind: "notice"; readonly line: string }
  /** A temporary file is about to be there, or is there no longer. */
  | { readonly kind: "begun" | "ended"; readonly path: string }
  /** It cannot go on; whether that is an error of this project's, made for the user to read. */
  | { readonly kind: "over"; readonly message: string; readonly known: boolean };
