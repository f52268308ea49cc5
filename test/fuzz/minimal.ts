import { replaced } from "./blind.ts";
import type { Bytes } from "./target.ts";

/** Shorter inputs that are tried. */
const MOST_TRIES = 300;

/** A shorter input that still shows something, found by leaving out halves, quarters, eighths, … */
export async function minimal(input: Bytes, shows: (shorter: Bytes) => Promise<boolean>): Promise<Bytes> {
  let shortest = input, tries = 0;
  for (
    let size = Math.ceil(input.length / 2);
    size >= 1 && tries < MOST_TRIES;
    size = size > 1 ? Math.ceil(size / 2) : 0
  ) {
    for (let at = 0; at < shortest.length && tries < MOST_TRIES; tries++) {
      const shorter = replaced(shortest, at, Math.min(shortest.length, at + size), []);
      if (await shows(shorter)) shortest = shorter;
      else at += size;
    }
  }
  return shortest;
}
