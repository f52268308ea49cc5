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
import { train } from "./train.ts";

/** Every command: a file, and a line here. */
export const COMMANDS: readonly AnyCommand[] = [
  ...[doctor, prune, graphon, distance, compare, converge, limit, ntk, train, reproduce, demo],
];
