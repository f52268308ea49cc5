import { canonicalJson, digestOf, type Json } from "./json.ts";
import type { Params, Task } from "./task.ts";

/** A finished task and where its result is from. */
export interface TaskRecord<R extends Json = Json> {
  readonly kind: string;
  readonly version: number;
  readonly params: Params;
  readonly result: R;
  /** Seconds the computation took, of those in which others were beside it its share; and on which device. */
  readonly seconds: number;
  readonly device: string;
  /** Digest of all that comes before. */
  readonly checksum: string;
}

/** Where finished tasks are kept: a folder, memory, or what a browser offers. */
export interface Store {
  /** The finished task, if there is one, and it is what it says it is. */
  find<R extends Json>(task: Task<R>): Promise<TaskRecord<R> | undefined>;
  /** Keeps a task's result. Doing it twice is harmless. */
  add<R extends Json>(task: Task<R>, result: R, made: Made): Promise<TaskRecord<R>>;
}

/** How a result was made. */
export interface Made {
  readonly seconds: number;
  readonly device: string;
}

/** The record of a result. */
export async function recordOf<R extends Json>(
  { kind, version, params }: Task<R>,
  result: R,
  { seconds, device }: Made,
): Promise<TaskRecord<R>> {
  const content = { kind, version, params, result, seconds, device };
  return { ...content, checksum: await digestOf(canonicalJson(content)) };
}

/** Why something is not the record of a task; undefined where it is. */
export async function faultOf(found: unknown, task: Task): Promise<string | undefined> {
  try {
    return await mismatchOf(found, task);
  } catch (error) {
    // What follows is written from the inside out, and the stack has an end.
    if (error instanceof RangeError) return "it is nested too deep";
    throw error;
  }
}

async function mismatchOf(found: unknown, task: Task): Promise<string | undefined> {
  if (typeof found !== "object" || found === null || Array.isArray(found)) return "it is no record";
  const { checksum, ...content } = found as Record<string, Json>;
  const { kind, version, params, result, seconds, device } = content;
  const complete = typeof kind === "string" && typeof version === "number" && params !== undefined &&
    result !== undefined && typeof seconds === "number" && typeof device === "string";
  if (!complete) return "it is no record";
  if (checksum !== await digestOf(canonicalJson(content))) return "its checksum does not match";
  const wanted = { kind: task.kind, version: task.version, params: task.params };
  return canonicalJson({ kind, version, params }) === canonicalJson(wanted)
    ? undefined
    : "it is of another task";
}
