import { methodNamed, planMemory } from "@graphon-limit/pruners";
import { type DeviceInfo, matrixBytes } from "@graphon-limit/runtime";
import { DENSE, type NetworkParams, networkWidths, pruningDemand } from "../kinds/network.ts";
import type { Lab } from "../tasks/lab.ts";
import type { TaskRecord } from "../tasks/store.ts";
import type { Task } from "../tasks/task.ts";

/** What a task's parameters may hold that its time depends on; kinds hold a network's beside their own, or as `network`. */
type Sizes = Partial<NetworkParams> & {
  readonly network?: NetworkParams;
  readonly samples?: number;
  readonly steps?: number;
  readonly batchSize?: number;
};

/** Passes through a network that scoring takes for each sample: forward, backward, and what is made of both. */
const PASSES = 3;

/**
 * Multiplications and additions of a task, roughly: its time is about proportional to it among tasks of one kind and method, which
 * is all that it is for.
 */
export function roughWork(lab: Lab, task: Task): number {
  const params = task.params as Sizes, network = { ...params, ...params.network } as NetworkParams;
  const widths = networkWidths(lab, network), neurons = widths.reduce((sum, width) => sum + width, 0);
  const weights = widths.slice(1).reduce((sum, rows, layer) => sum + rows * widths[layer], 0);
  const { samples = 0, steps = 0, batchSize = 0 } = params;
  const kernel = samples * weights * PASSES + samples ** 2 * neurons + samples ** 3;
  return weights * (1 + scoringPasses(lab, network) + steps * batchSize * PASSES) + kernel;
}

/** Passes through the network that pruning it takes. */
function scoringPasses(lab: Lab, { data, method, rounds, samplesPerClass }: NetworkParams): number {
  if (method === undefined || method === DENSE) return 0;
  const { reads, rounds: own = 1 } = methodNamed(method);
  const samples = reads === "samples" ? samplesPerClass * lab.dataset(data).classes : 1;
  return reads === "nothing" ? 0 : (rounds ?? own) * samples * PASSES;
}

/** How long tasks take, from a guess at each, and how long some took that are done. */
export class TimeModel {
  readonly #factors = new Map<string, number[]>();
  readonly #guess: (task: Task) => number;

  /**
   * @param guess seconds of a task, above 0, right in proportion at least among those of one kind and method
   * @param done tasks that are done
   */
  constructor(guess: (task: Task) => number, done: readonly TaskRecord[]) {
    this.#guess = guess;
    for (const { seconds, kind, version, params } of done) {
      const task = { kind, version, params }, factor = seconds / guess(task);
      for (const key of [keyOf(task), kind]) {
        const factors = this.#factors.get(key) ?? [];
        factors.push(factor);
        this.#factors.set(key, factors);
      }
    }
    for (const factors of this.#factors.values()) factors.sort((a, b) => a - b);
  }

  /** Whether tasks of this one's kind have been timed. */
  knows({ kind }: Task): boolean {
    return this.#factors.has(kind);
  }

  /** Seconds that a task is likely to take. */
  seconds(task: Task): number {
    const factors = this.#factors.get(keyOf(task)) ?? this.#factors.get(task.kind);
    // The median: what was done while the machine was busy with something else is no guide.
    return (factors ? factors[factors.length >> 1] : 1) * this.#guess(task);
  }
}

/** Tasks of one kind and method are alike. */
function keyOf({ kind, params }: Task): string {
  const { method, network } = params as Sizes;
  return `${kind} ${network?.method ?? method}`;
}

/** Numbers of a weight, its gradient and Adam's two moments, and of what a kernel's pass keeps of a sample. */
const TRAINED = 4, KEPT = 2;

/** Bytes of the largest of some tasks on a device, roughly: its pruning, or what comes after it. */
export function roughMemory(lab: Lab, tasks: readonly Task[], info: DeviceInfo): number {
  const seen = new Set<string>();
  let most = 0;
  for (const task of tasks) {
    const params = task.params as Sizes, network = { ...params, ...params.network } as NetworkParams;
    const { method, width, hidden, scope, samplesPerClass } = network, { samples = 0, steps = 0 } = params;
    const key = JSON.stringify([task.kind, method, width, hidden, scope, samplesPerClass, samples]);
    if (seen.has(key)) continue;
    seen.add(key);
    const widths = networkWidths(lab, network);
    const weights = widths.slice(1).reduce(
      (sum, rows, layer) => sum + matrixBytes(info, rows, widths[layer]),
      0,
    );
    const pruning = method === undefined || method === DENSE
      ? weights
      : planMemory(pruningDemand(lab, network), info).peak;
    const signals = widths.reduce((sum, size) => sum + matrixBytes(info, size, samples || 1), 0);
    const kernel = samples > 0 ? 2 * matrixBytes(info, samples, samples) + KEPT * signals : 0;
    most = Math.max(most, pruning, weights * (steps > 0 ? TRAINED : 1) + kernel);
  }
  return most;
}
