import process from "node:process";
import { GraphonLimitError } from "@graphon-limit/runtime";
import type { Bytes, Target, Watch } from "./target.ts";

/** What is wrong with how an input was read. */
export interface Finding {
  readonly kind: "untyped error" | "message" | "time" | "memory" | "changed content" | "broken promise";
  readonly detail: string;
}

/** What reading may take: so much at any rate, and so much for each byte that is there or was asked for. */
const LIMITS = {
  milliseconds: { least: 200, perByte: 0.004 },
  bytes: { least: 16 * 1024 * 1024, perByte: 64 },
};

/** What a terminal would act on, and what ends a line. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** A message is read by somebody. */
const LONGEST_LINE = 4000;

/** Thrown for what was found, through whatever is between. */
class Found extends Error {
  constructor(readonly finding: Finding) {
    super(finding.detail);
  }
}

/** Contents that a target's seeds hold, as {@linkcode Watch.covered} was told them. */
export type Covered = ReadonlySet<string>;

class Observer implements Watch {
  asked_ = 0;
  readonly contents = new Set<string>();

  asked(bytes: number): void {
    this.asked_ += bytes;
  }

  attempt<T>(action: () => T): T | undefined {
    try {
      return action();
    } catch (error) {
      this.#refusal(error);
      return undefined;
    }
  }

  async attempting<T>(action: () => Promise<T>): Promise<T | undefined> {
    try {
      return await action();
    } catch (error) {
      this.#refusal(error);
      return undefined;
    }
  }

  /** An error that is one of the project's, of one line. */
  #refusal(error: unknown): void {
    if (error instanceof Found || !(error instanceof GraphonLimitError)) throw error;
    this.line(error.message);
  }

  line(text: string): void {
    const isLong = text.length > LONGEST_LINE;
    if (!isLong && !UNPRINTABLE.test(text)) return;
    const detail = isLong
      ? `${text.length} letters: ${text.slice(0, 100)}…`
      : JSON.stringify(text.slice(0, 300));
    throw new Found({ kind: "message", detail });
  }

  covered(_name: string, content: string): void {
    this.contents.add(content);
  }

  holds(condition: boolean, what: string): void {
    if (!condition) throw new Found({ kind: "broken promise", detail: what });
  }
}

/** The contents of valid inputs. */
export async function contentsOf(target: Target, seeds: readonly Bytes[]): Promise<Covered> {
  const all = new Set<string>();
  for (const seed of seeds) {
    const observer = new Observer();
    await target.read(seed, observer);
    observer.contents.forEach((content) => all.add(content));
  }
  return all;
}

/**
 * Reads an input and says what is wrong with how that went; undefined where nothing is.
 *
 * @param covered contents of the seeds, where the input's checksums are theirs
 * @param isTimed whether the processor's time counts, which takes long to ask for, and not that of the clock
 */
export async function judge(
  target: Target,
  input: Bytes,
  covered?: Covered,
  isTimed = true,
): Promise<Finding | undefined> {
  const observer = new Observer(), before = Deno.memoryUsage();
  const begun = performance.now(), start = isTimed ? process.cpuUsage() : undefined;
  try {
    await target.read(input, observer);
  } catch (error) {
    if (error instanceof Found) return error.finding;
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    const where = stack?.split("\n").filter((line) => line.includes("packages/")).slice(0, 3).map((line) =>
      line.trim()
    );
    return {
      kind: "untyped error",
      detail: [`${error instanceof Error ? error.name : "thrown"}: ${message}`, ...where ?? []].join("\n"),
    };
  }
  const spent = start === undefined ? performance.now() - begun : processorTime(start);
  const after = Deno.memoryUsage(),
    grown = after.external - before.external + Math.max(0, after.heapUsed - before.heapUsed);
  const size = input.length + observer.asked_, { milliseconds, bytes } = LIMITS;
  if (grown > bytes.least + bytes.perByte * size) {
    return { kind: "memory", detail: `${Math.round(grown / 2 ** 20)} MiB for ${size} bytes` };
  }
  if (spent > milliseconds.least + milliseconds.perByte * size) {
    return { kind: "time", detail: `${Math.round(spent)} ms for ${size} bytes` };
  }
  const strange = covered && [...observer.contents].find((content) => !covered.has(content));
  return strange === undefined ? undefined : { kind: "changed content", detail: strange.slice(0, 1000) };
}

function processorTime(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** {@linkcode judge}, again where what is found depends on what else the machine does. */
export async function judgeFairly(
  target: Target,
  input: Bytes,
  covered?: Covered,
): Promise<Finding | undefined> {
  let finding = await judge(target, input, covered, false);
  for (let again = 0; again < 3 && (finding?.kind === "time" || finding?.kind === "memory"); again++) {
    finding = await judge(target, input, covered);
  }
  return finding;
}
