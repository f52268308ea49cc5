import { caseOf } from "./cases.ts";
import { targetNamed } from "./catalogue.ts";
import { contentsOf, type Covered, type Finding, judgeFairly } from "./judge.ts";
import { minimal } from "./minimal.ts";
import type { Bytes } from "./target.ts";

/** Some inputs of one target, by number. */
export interface Batch {
  readonly target: string;
  readonly seed: number;
  readonly from: number;
  readonly count: number;
}

/** A finding, where it was, and the shortest input that shows it. */
export interface Found extends Finding {
  readonly target: string;
  readonly seed: number;
  readonly index: number;
  readonly input: Bytes;
}

/** What is known of a target's seeds, made once. */
const prepared = new Map<string, { readonly seeds: readonly Bytes[]; readonly covered: Covered }>();

async function prepare(name: string) {
  let known = prepared.get(name);
  if (known === undefined) {
    const target = targetNamed(name), seeds = await target.seeds();
    prepared.set(name, known = { seeds, covered: await contentsOf(target, seeds) });
  }
  return known;
}

/** Two findings with equal names are one. */
export function nameOf({ target, kind, detail }: Pick<Found, "target" | "kind" | "detail">): string {
  const where = kind === "untyped error" ? detail : kind === "message" ? detail.slice(0, 40) : "";
  return `${target} ${kind} ${where.replace(/[0-9]+(?!\S*\.ts)/g, "#")}`;
}

/**
 * Reads the inputs of a batch.
 *
 * @param before called with the number of each input before it, or a shorter one in its place, is read
 */
export async function runBatch(
  { target: name, seed, from, count }: Batch,
  before: (index: number) => void,
): Promise<Found[]> {
  const target = targetNamed(name), { seeds, covered } = await prepare(name);
  const found = new Map<string, Found>();
  for (let index = from; index < from + count; index++) {
    before(index);
    const { input, isSealed } = caseOf(target, seeds, seed, index);
    const finding = await judgeFairly(target, input, isSealed ? covered : undefined);
    if (finding === undefined) continue;
    const known = nameOf({ target: name, ...finding });
    if (found.has(known)) continue;
    const shown = async (shorter: Bytes) => {
      before(index);
      const other = await judgeFairly(target, shorter, isSealed ? covered : undefined);
      return other !== undefined && nameOf({ target: name, ...other }) === known;
    };
    found.set(known, { ...finding, target: name, seed, index, input: await minimal(input, shown) });
  }
  return [...found.values()];
}

/** What is wrong with how one input is read, which is sealed where its checksums are those of valid inputs. */
export async function replay(name: string, input: Bytes, isSealed: boolean): Promise<Finding | undefined> {
  const { covered } = await prepare(name);
  return await judgeFairly(targetNamed(name), input, isSealed ? covered : undefined);
}
