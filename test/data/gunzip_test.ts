import assert from "node:assert/strict";
import { constants, deflateRawSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { crc32 } from "../../packages/data/archives/crc32.ts";
import { Inflater, workingMemory } from "../../packages/data/archives/inflate.ts";
import { gunzip } from "../../packages/data/archives/gunzip.ts";
import { assertLinear, throwsOneLine } from "./support.ts";

const damaged = () => new Error("damaged");

/** All that an inflater gives for input in pieces of some size, and what it leaves. */
function inflate(
  input: Uint8Array,
  pieceBytes: number,
  memory = workingMemory(),
): { output: Uint8Array; rest: Uint8Array } {
  let at = 0;
  const inflater = new Inflater(
    () => at < input.length ? input.subarray(at, at += pieceBytes) : undefined,
    damaged,
    memory,
  );
  const output: number[] = [];
  for (let piece = inflater.next(); piece !== undefined; piece = inflater.next()) {
    for (const byte of piece) output.push(byte);
  }
  const { rest } = inflater;
  return { output: Uint8Array.from(output), rest: Uint8Array.of(...rest, ...input.subarray(at)) };
}

/** Bytes as files have them: runs, repeats and noise. */
const contents = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.tuple(fc.nat(255), fc.nat(2000)).map(([byte, count]) => new Uint8Array(count).fill(byte)),
    fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 9 }), fc.nat(300)).map(([word, count]) =>
      Uint8Array.from({ length: word.length * count }, (_, i) => word[i % word.length])
    ),
  ),
  { maxLength: 8 },
).map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])));

const strategies = fc.constantFrom(
  constants.Z_DEFAULT_STRATEGY,
  constants.Z_HUFFMAN_ONLY,
  constants.Z_RLE,
  constants.Z_FIXED,
);

Deno.test("Inflater gives back what zlib compressed, whatever the pieces, and leaves what is behind", () => {
  const settings = fc.record({ level: fc.integer({ min: 0, max: 9 }), strategy: strategies });
  const behind = fc.uint8Array({ maxLength: 20 });
  fc.assert(
    fc.property(
      contents,
      settings,
      behind,
      fc.integer({ min: 1, max: 300 }),
      (content, how, after, piece) => {
        const file = Uint8Array.of(...deflateRawSync(content, how), ...after);
        const { output, rest } = inflate(file, piece);
        assert.deepEqual(output, content);
        assert.deepEqual(rest, after);
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("Inflater reaches back as far as the window goes, over many pieces of output", () => {
  const content = Uint8Array.from({ length: 700_000 }, (_, i) => (i * i) >> 7);
  for (let i = 40_000; i < content.length; i++) if (i % 1000 > 400) content[i] = content[i - 32_768];
  for (const level of [1, 6, 9]) {
    assert.deepEqual(inflate(new Uint8Array(deflateRawSync(content, { level })), 1000).output, content);
  }
});

Deno.test("Inflater refuses damaged data or gives some bytes, never more than the data can hold", () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(contents, changes, (content, list) => {
      const file = new Uint8Array(deflateRawSync(content));
      for (const [at, byte] of list) file[at % file.length] = byte;
      try {
        assert.ok(inflate(file, 50).output.length <= 1032 * file.length);
      } catch (error) {
        if (!(error instanceof Error && error.message === "damaged")) throw error;
      }
    }),
    { numRuns: 500 },
  );
  for (const bytes of [[], [7], [1, 5, 0, 0, 0], [5, 0], [3 + 4]]) {
    assert.throws(() => inflate(Uint8Array.from(bytes), 9), /damaged/);
  }
});

Deno.test("gunzip takes one member or several, and zeros behind the last", () => {
  const members = fc.array(contents, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(members, fc.nat(600), (parts, zeros) => {
      const file = Uint8Array.from([
        ...parts.flatMap((part) => [...gzipSync(part)]),
        ...new Uint8Array(zeros),
      ]);
      assert.deepEqual(gunzip(file, "f", 2 ** 24), Uint8Array.from(parts.flatMap((part) => [...part])));
    }),
    { numRuns: 100 },
  );
});

Deno.test("gunzip passes over what a header may hold: extra fields, a name, a comment, a checksum", () => {
  const plain = new Uint8Array(gzipSync(Uint8Array.of(1, 2, 3)));
  const text = (letters: string) => [...new TextEncoder().encode(letters), 0];
  const fields: [flags: number, bytes: number[]][] = [
    [4, [3, 0, 9, 9, 9]],
    [8, text("mnist")],
    [16, text("as it was")],
    [4 + 8 + 16, [1, 0, 9, ...text("a"), ...text("b")]],
  ];
  const withFields = (flags: number, bytes: readonly number[]) =>
    Uint8Array.of(...plain.subarray(0, 3), flags, ...plain.subarray(4, 10), ...bytes);
  for (const [flags, bytes] of [[0, []], ...fields] as typeof fields) {
    const file = Uint8Array.of(...withFields(flags, bytes), ...plain.subarray(10));
    assert.deepEqual([...gunzip(file, "f", 100)], [1, 2, 3]);
    const header = withFields(flags + 2, bytes), checksum = crc32(header) & 0xffff;
    const sealed = Uint8Array.of(...header, checksum & 0xff, checksum >> 8, ...plain.subarray(10));
    assert.deepEqual([...gunzip(sealed, "f", 100)], [1, 2, 3]);
    // What the header's checksum covers does not change without a word.
    const changed = sealed.with(5, sealed[5] ^ 1);
    throwsOneLine(() => gunzip(changed, "f", 100), /^f: expected whole gzip data/);
  }
  for (const cut of [10, 11, 12, 13]) {
    const file = Uint8Array.of(...plain.subarray(0, 3), 4, ...plain.subarray(4, 10), 200, 0, 1).slice(0, cut);
    throwsOneLine(() => gunzip(file, "f", 100), /^f: expected whole gzip data/);
  }
});

Deno.test("gunzip is linear in a file of very many members", () => {
  const member = gzipSync(Uint8Array.of(5));
  assertLinear((count) => {
    const file = new Uint8Array(count * member.length);
    for (let i = 0; i < count; i++) file.set(member, i * member.length);
    return () => assert.equal(gunzip(file, "f", 2 ** 20).length, count);
  }, 1000);
});
