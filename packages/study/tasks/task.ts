import { canonicalJson, digestOf, type Json } from "./json.ts";

/** What a computation depends on, by name. */
export type Params = { readonly [name: string]: Json };

/**
 * A piece of work as data, one line of JSON that any machine can do: one network pruned, one kernel's spectrum, one run of
 * training. Its result, an `R`, is a function of this alone, so that it can be kept under its digest and found again.
 */
export interface Task<R extends Json = Json> {
  /** The computation: the name of a `Kind`. */
  readonly kind: string;
  /** The kind's version: a change of what it computes, or of what its result holds, counts it up. */
  readonly version: number;
  /** Everything the result depends on. */
  readonly params: Params;
  /** The type of the result; no value has it. */
  readonly result?: R;
}

/** Equal tasks have equal keys: their text, with names in order. */
export function taskKey({ kind, version, params }: Task): string {
  return canonicalJson({ kind, version, params });
}

/** What a task's result is kept under: the digest of its key. */
export function taskDigest(task: Task): Promise<string> {
  return digestOf(taskKey(task));
}
