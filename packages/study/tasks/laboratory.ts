import type { Dataset } from "@graphon-limit/data";
import type { WeightStorage } from "@graphon-limit/model";
import { type Method, methodNamed } from "@graphon-limit/pruners";
import { type Device, InvalidArgumentError, nextTurn } from "@graphon-limit/runtime";
import { canonicalJson, type Json } from "./json.ts";
import type { DataRef, Lab, PruningDemand } from "./lab.ts";
import type { Store, TaskRecord } from "./store.ts";
import { kindOf } from "./kind.ts";
import { SharedClock } from "./shared_clock.ts";
import { type Task, taskKey } from "./task.ts";

/** What a laboratory is made of. */
export interface LabOptions {
  readonly device: Device;
  readonly store: Store;
  /** The images that tasks may refer to, where they refer to any. */
  readonly data?: { readonly ref: DataRef; readonly dataset: Dataset } | undefined;
  /** Methods beside those that are registered: the user's own, by the names that tasks call them. */
  readonly methods?: ReadonlyMap<string, Method> | undefined;
  /**
   * Whether the weights of a network that is to be pruned are kept, as they are unless this says otherwise: masks are the same,
   * but what needs weights afterwards cannot have them.
   */
  readonly storage?: ((demand: PruningDemand) => WeightStorage) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a laboratory and its lanes have in common: the tasks being computed by their keys, and the time that they share. */
interface Common {
  readonly computing: Map<string, Promise<TaskRecord>>;
  readonly clock: SharedClock;
}

/** A lane's part: what it has in common with the others, and what ends it when one of them fails. */
interface LaneOf {
  readonly common: Common;
  readonly stop: AbortSignal;
}

/** A {@linkcode Lab} of a device, images, methods, and what has been found so far. */
export class Laboratory implements Lab {
  readonly device: Device;
  readonly store: Store;
  readonly signal: AbortSignal | undefined;
  readonly storage: (demand: PruningDemand) => WeightStorage;
  readonly #data: LabOptions["data"];
  readonly #methods: ReadonlyMap<string, Method>;
  readonly #options: LabOptions;
  readonly #common: Common;
  readonly #stop: AbortSignal | undefined;
  /** Computations under way here, of which all but the first were asked for by another. */
  #depth = 0;
  #last: { readonly key: string; readonly thing: Disposable } | undefined;

  constructor(options: LabOptions, lane?: LaneOf) {
    const { device, store, data, methods = new Map(), storage = () => "kept", signal } = options;
    this.device = device;
    this.store = store;
    this.signal = signal;
    this.storage = storage;
    this.#data = data;
    this.#methods = methods;
    this.#options = options;
    this.#common = lane?.common ?? { computing: new Map(), clock: new SharedClock() };
    this.#stop = lane?.stop;
  }

  lane(signal: AbortSignal, stop: AbortSignal): Lab {
    const options = { ...this.#options, signal: AbortSignal.any([signal, stop]) };
    return new Laboratory(options, { common: this.#common, stop });
  }

  async get<R extends Json>(task: Task<R>): Promise<R> {
    return (await this.record(task)).result;
  }

  record<R extends Json>(task: Task<R>): Promise<TaskRecord<R>> {
    const { computing } = this.#common, key = taskKey(task), found = computing.get(key);
    if (found) return found as Promise<TaskRecord<R>>;
    const record = this.#findOrCompute(task).finally(() => computing.delete(key));
    computing.set(key, record);
    return record;
  }

  async #findOrCompute<R extends Json>(task: Task<R>): Promise<TaskRecord<R>> {
    const found = await this.store.find(task);
    if (found) return found;
    this.signal?.throwIfAborted();
    const { result, seconds } = await this.#timed(() =>
      kindOf(task).compute(this, task.params as never) as Promise<R>
    );
    // The CPU device never waits for anything, and signals are heard while something waits.
    await nextTurn();
    // What the device refused is told to one lane, and another may have gone on with what it should have held.
    this.#stop?.throwIfAborted();
    const { kind, backend, name } = this.device.info;
    return await this.store.add(task, result, {
      seconds,
      device: `${kind}, ${name}${backend === "dawn" ? " (Dawn)" : ""}`,
    });
  }

  async #timed<R>(compute: () => Promise<R>): Promise<{ result: R; seconds: number }> {
    const { clock } = this.#common;
    if (this.#depth++ === 0) clock.enter();
    const start = clock.seconds;
    try {
      const result = await compute();
      return { result, seconds: clock.seconds - start };
    } finally {
      if (--this.#depth === 0) clock.leave();
    }
  }

  get data(): DataRef {
    if (this.#data) return this.#data.ref;
    throw new InvalidArgumentError("Expected a laboratory with images but found none");
  }

  dataset(ref: DataRef): Dataset {
    if (this.#data && canonicalJson(this.#data.ref) === canonicalJson(ref)) return this.#data.dataset;
    const describe = ({ name, images, sha256 }: DataRef) =>
      `${images} images of ${name}, SHA-256 ${sha256.slice(0, 12)}…`;
    throw new InvalidArgumentError(
      `Expected a laboratory with ${describe(ref)} but found ${
        this.#data ? describe(this.#data.ref) : "none"
      }`,
    );
  }

  method(name: string): Method {
    return this.#methods.get(name) ?? methodNamed(name);
  }

  async shared<T extends Disposable>(key: string, make: () => Promise<T>): Promise<T> {
    if (this.#last?.key === key) return this.#last.thing as T;
    this.#release();
    const thing = await make();
    this.#last = { key, thing };
    return thing;
  }

  async taken<T extends Disposable>(key: string, make: () => Promise<T>): Promise<T> {
    const thing = await this.shared(key, make);
    this.#last = undefined;
    return thing;
  }

  #release(): void {
    this.#last?.thing[Symbol.dispose]();
    this.#last = undefined;
  }

  [Symbol.dispose](): void {
    this.#release();
  }
}
