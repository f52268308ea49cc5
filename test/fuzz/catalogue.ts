import type { Target } from "./target.ts";
import { ARCHIVES } from "./targets/archives.ts";
import { CONTAINERS } from "./targets/containers.ts";
import { FOLDERS } from "./targets/folders.ts";
import { RUNS } from "./targets/runs.ts";

/** Everything that reads what others wrote. */
export const TARGETS: readonly Target[] = [...CONTAINERS, ...ARCHIVES, ...FOLDERS, ...RUNS];

/** The target of that name. */
export function targetNamed(name: string): Target {
  const target = TARGETS.find((each) => each.name === name);
  if (target === undefined) {
    throw new Error(`Expected one of ${TARGETS.map((each) => each.name).join(", ")} but found ${name}`);
  }
  return target;
}
