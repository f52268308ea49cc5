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

/** How long tasks take on this kind of machine, from some that are done. */
export class TimeModel {
  readonly #rates = new Map<string, number[]>();
  readonly #lab: Lab;
  readonly #fallback: number;

  /**
   * @param done tasks of the sweep that are done, or some of them
   * @param fallback seconds a multiplication and addition takes, for kinds of which none is done
   */
  constructor(lab: Lab, done: readonly TaskRecord[], fallback: number) {
    this.#lab = lab;
    this.#fallback = fallback;
    for (const { seconds, device: _, result: __, checksum: ___, ...task } of done) {
      const rate = seconds / roughWork(lab, task);
      for (const key of [keyOf(task), task.kind]) {
        const rates = this.#rates.get(key) ?? [];
        rates.push(rate);
        this.#rates.set(key, rates);
      }
    }
  }

  /** Whether tasks of this one's kind have been timed. */
  knows({ kind }: Task): boolean {
    return this.#rates.has(kind);
  }

  /** Seconds that a task is likely to take. */
  seconds(task: Task): number {
    const rates = this.#rates.get(keyOf(task)) ?? this.#rates.get(task.kind);
    return (rates ? median(rates) : this.#fallback) * roughWork(this.#lab, task);
  }
}

/** Tasks of one kind and method are alike. */
function keyOf({ kind, params }: Task): string {
  const { method, network } = params as Sizes;
  return `${kind} ${network?.method ?? method}`;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1];
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
