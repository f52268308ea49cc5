import type { AnyCommand } from "../shell/command.ts";
import { compare } from "./compare.ts";
import { converge } from "./converge.ts";
import { demo } from "./demo.ts";
import { distance } from "./distance.ts";
import { doctor } from "./doctor.ts";
import { graphon } from "./graphon.ts";
import { limit } from "./limit.ts";
import { ntk } from "./ntk.ts";
import { prune } from "./prune.ts";
import { reproduce } from "./reproduce.ts";
import { sweepCollect } from "./sweep_collect.ts";
import { sweepPlan } from "./sweep_plan.ts";
import { sweepRun } from "./sweep_run.ts";
import { sweepStatus } from "./sweep_status.ts";
import { sweepSubmit } from "./sweep_submit.ts";
import { train } from "./train.ts";

/** Every command: a file, and a line here. */
export const COMMANDS: readonly AnyCommand[] = [
  ...[doctor, prune, graphon, distance, compare, converge, limit, ntk, train, reproduce, demo],
  ...[sweepPlan, sweepRun, sweepSubmit, sweepStatus, sweepCollect],
];

/** What groups of commands are for, by the first word of their names. */
export const GROUPS: Readonly<Record<string, string>> = {
  sweep: "Many tasks on many machines: a plan, its tasks done in shards, what came of them.",
};
