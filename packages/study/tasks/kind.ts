import { InvalidArgumentError, show } from "@graphon-limit/runtime";
import type { Json } from "./json.ts";
import type { Lab } from "./lab.ts";
import type { Params, Task } from "./task.ts";

/** What a task holds on the device while it is computed. */
export interface Held {
  /** What it shares with tasks next to it, as it asks the laboratory for it (`Lab.shared`). */
  readonly shared: string;
  /** Bytes, at most. */
  readonly bytes: number;
}

/** A computation that tasks ask for. */
export interface Kind<P extends Params, R extends Json> {
  readonly name: string;
  readonly version: number;
  /** What is at hand, for the progress line. */
  readonly describe: (params: P) => string;
  readonly compute: (lab: Lab, params: P) => Promise<R>;
  /** What that holds on the device; a kind that does not say is computed with nothing beside it. */
  readonly holds?: ((lab: Lab, params: P) => Held) | undefined;
}

/** A kind that is registered, and makes tasks. */
export interface RegisteredKind<P extends Params, R extends Json> extends Kind<P, R> {
  readonly task: (params: P) => Task<R>;
}

/** A kind whatever its parameters; a task's own are what it was made of. */
type AnyKind = Kind<never, Json>;

const kinds = new Map<string, AnyKind>();

/**
 * Makes a computation known by its name, so that tasks can ask for it.
 *
 * @throws {InvalidArgumentError} if there is another of that name
 */
export function registerKind<P extends Params, R extends Json>(kind: Kind<P, R>): RegisteredKind<P, R> {
  if (kinds.has(kind.name)) {
    throw new InvalidArgumentError(`Expected a kind of a new name but found ${show(kind.name)} twice`);
  }
  kinds.set(kind.name, kind);
  const { name, version } = kind;
  return { ...kind, task: (params) => ({ kind: name, version, params }) };
}

/** The kind that a task asks for. @throws {InvalidArgumentError} if there is none of its name and version */
export function kindOf({ kind: name, version }: Task): AnyKind {
  const kind = kinds.get(name);
  if (!kind) {
    throw new InvalidArgumentError(
      `Expected a task of kind ${[...kinds.keys()].join(", ")} but found ${show(name)}`,
    );
  }
  if (kind.version !== version) {
    throw new InvalidArgumentError(
      `Expected a task of ${name} in version ${kind.version} but found version ${show(version)}`,
    );
  }
  return kind;
}

/** What a task is in a word or three. */
export function describeTask(task: Task): string {
  return kindOf(task).describe(task.params as never);
}

/** What a task holds on the laboratory's device; undefined where that is not known. */
export function heldBy(lab: Lab, task: Task): Held | undefined {
  return kindOf(task).holds?.(lab, task.params as never);
}
