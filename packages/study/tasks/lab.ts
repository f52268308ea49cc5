import { type Dataset, sha256 } from "@graphon-limit/data";
import type { NetworkDefinition, WeightStorage } from "@graphon-limit/model";
import type { Method, Scope } from "@graphon-limit/pruners";
import type { Device } from "@graphon-limit/runtime";
import type { Json } from "./json.ts";
import type { Store, TaskRecord } from "./store.ts";
import type { Task } from "./task.ts";

/** Which images a result rests on, as tasks say it. */
export type DataRef = {
  readonly name: string;
  readonly images: number;
  /** Of pixels, as they were normalised, and labels, in hexadecimal. */
  readonly sha256: string;
};

/** The reference of a data set: it says all that a result can depend on. */
export async function dataRef({ name, count, images, labels }: Dataset): Promise<DataRef> {
  const pixels = new Uint8Array(images.buffer, images.byteOffset, images.byteLength);
  const bytes = new Uint8Array(pixels.length + labels.length);
  bytes.set(pixels);
  bytes.set(labels, pixels.length);
  return { name, images: count, sha256: await sha256(bytes) };
}

/** A network that is to be pruned. */
export interface PruningDemand {
  /** Inputs, hidden layers, outputs of a fully connected network; or the definition of another. */
  readonly network: readonly number[] | NetworkDefinition;
  readonly method: Method;
  readonly samples: number;
  readonly rounds: number;
  readonly scope: Scope;
}

/** Where tasks are done: what a kind's computation sees. It is the caller's to dispose of. */
export interface Lab extends Disposable {
  readonly device: Device;
  readonly store: Store;
  readonly signal: AbortSignal | undefined;
  /** Whether a network's weights are kept while it is pruned. */
  readonly storage: (demand: PruningDemand) => WeightStorage;
  /** The images that there are, as tasks refer to them. @throws {InvalidArgumentError} if there are none */
  readonly data: DataRef;
  /**
   * The same laboratory for tasks that are computed beside others: with the same store, and no task computed twice, but things that
   * tasks in a row ask for of its own. The caller's to dispose of.
   *
   * @param signal ends what is computed there, in place of this one's
   * @param stop does, too, and nothing is kept from then on: another failed, in what this one may rest on
   */
  lane(signal: AbortSignal, stop: AbortSignal): Lab;
  /** A task's result, from the store or computed and kept there; one that is being computed is waited for. */
  get<R extends Json>(task: Task<R>): Promise<R>;
  /** The same with what is known of how it was made. */
  record<R extends Json>(task: Task<R>): Promise<TaskRecord<R>>;
  /** The images that a task refers to. @throws {InvalidArgumentError} if the laboratory has others, or none */
  dataset(ref: DataRef): Dataset;
  /** The method of a name. */
  method(name: string): Method;
  /** A thing that tasks in a row ask for: kept until another one is asked for. It stays the laboratory's. */
  shared<T extends Disposable>(key: string, make: () => Promise<T>): Promise<T>;
  /** The same, handed over: it is the caller's to change and to dispose of. */
  taken<T extends Disposable>(key: string, make: () => Promise<T>): Promise<T>;
}
