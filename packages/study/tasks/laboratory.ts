import type { Dataset } from "@graphon-limit/data";
import type { WeightStorage } from "@graphon-limit/model";
import { type Method, methodNamed } from "@graphon-limit/pruners";
import { type Device, InvalidArgumentError } from "@graphon-limit/runtime";
import { canonicalJson, type Json } from "./json.ts";
import type { DataRef, Lab, PruningDemand } from "./lab.ts";
import type { Store, TaskRecord } from "./store.ts";
import { kindOf } from "./kind.ts";
import type { Task } from "./task.ts";

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

/** A {@linkcode Lab} of a device, images, methods, and what has been found so far. */
export class Laboratory implements Lab {
  readonly device: Device;
  readonly store: Store;
  readonly signal: AbortSignal | undefined;
  readonly storage: (demand: PruningDemand) => WeightStorage;
  readonly #data: LabOptions["data"];
  readonly #methods: ReadonlyMap<string, Method>;
  #last: { readonly key: string; readonly thing: Disposable } | undefined;

  constructor({ device, store, data, methods = new Map(), storage = () => "kept", signal }: LabOptions) {
    this.device = device;
    this.store = store;
    this.signal = signal;
    this.storage = storage;
    this.#data = data;
    this.#methods = methods;
  }

  async get<R extends Json>(task: Task<R>): Promise<R> {
    return (await this.record(task)).result;
  }

  async record<R extends Json>(task: Task<R>): Promise<TaskRecord<R>> {
    const found = await this.store.find(task);
    if (found) return found;
    this.signal?.throwIfAborted();
    const start = performance.now();
    const result = await kindOf(task).compute(this, task.params as never) as R;
    const { kind, backend, name } = this.device.info;
    return await this.store.add(task, result, {
      seconds: (performance.now() - start) / 1000,
      device: `${kind}, ${name}${backend === "dawn" ? " (Dawn)" : ""}`,
    });
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
