import { gzipSync } from "fflate";
import { gunzipSync } from "node:zlib";
import type { Random } from "../random.ts";
import type { Bytes, Mutation } from "../target.ts";
import { joined } from "./zip.ts";

export function gzipped(content: Uint8Array, level: 0 | 1 = 1): Bytes {
  return gzipSync(content, { level, mtime: 0 }).slice();
}

/** What some gzip data hold; undefined where they hold nothing. */
export function inflated(input: Uint8Array): Bytes | undefined {
  try {
    return Uint8Array.from(gunzipSync(input, { maxOutputLength: 1 << 22 }));
  } catch {
    return undefined;
  }
}

/** Changes what is compressed, by `inside`, or the members it is in. */
export function gzipMutations(
  inside: (file: Bytes, random: Random) => Bytes | undefined,
): readonly Mutation[] {
  const edits: readonly Mutation["change"][] = [
    (input, random) => {
      const content = inflated(input), edited = content && inside(content, random);
      return edited && gzipped(edited, random.pick([0, 1]));
    },
    (input, random) => {
      const content = inflated(input);
      if (content === undefined) return undefined;
      const at = random.below(content.length + 1);
      return joined([
        gzipped(content.subarray(0, at)),
        gzipped(content.subarray(at)),
        new Uint8Array(random.below(9)),
      ]);
    },
    (input, random) => {
      const content = inflated(input);
      return content && gzipped(joined([content, new Uint8Array(random.pick([100, 100_000, 1_000_000]))]));
    },
    (input, random) => {
      // Flags, and what they say stands in the header.
      const flags = random.pick([1, 2, 4, 8, 16, 12, 24, 31, 32, 255]), more = random.bytes(random.below(12));
      return input.length < 10
        ? undefined
        : joined([input.with(3, flags).subarray(0, 10), more, input.subarray(10)]);
    },
  ];
  return edits.map((change) => ({ change, reseals: true }));
}
