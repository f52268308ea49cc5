import assert from "node:assert/strict";
import fc from "fast-check";
import { printable } from "@graphon-limit/data";
import { formatFault } from "../../packages/data/messages/faults.ts";
import { described, listed, quoted } from "../../packages/data/messages/printable.ts";

Deno.test("printable leaves letters of any script and shows what a terminal would act on", () => {
  assert.equal(printable("слой.0 größer 層 🕸"), "слой.0 größer 層 🕸");
  assert.equal(printable("a\x1b[31mred\x07\x7f\x9b"), "a\\x1b[31mred\\x07\\x7f\\x9b");
  assert.equal(printable("left‮right⁦\u2028\ufeff"), "left\\u{202e}right\\u{2066}\\u{2028}\\u{feff}");
  assert.equal(printable("a\nb\tc\r\ud800"), "a\\nb\\tc\\r\\u{d800}");
});

Deno.test("printable is one line, safe and idempotent for any text", () => {
  const texts = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "binary-ascii" }));
  fc.assert(fc.property(texts, (text) => {
    const shown = printable(text);
    assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    assert.equal(printable(shown), shown);
  }));
});

Deno.test("quoted cuts long names between characters, and escapes its own quotes", () => {
  assert.equal(quoted('a"b\\c'), '"a\\"b\\\\c"');
  assert.equal(quoted("🕸".repeat(200)), `"${"🕸".repeat(79)}…"`);
  assert.equal(quoted("x".repeat(80)), `"${"x".repeat(80)}"`);
});

Deno.test("listed names so many and counts the rest", () => {
  assert.equal(listed(["a", "b"]), '"a", "b"');
  assert.equal(listed(Array.from({ length: 10 }, (_, i) => `${i}`), 2), '"0", "1" and 8 more');
});

Deno.test("described is short whatever a header holds, however deeply nested", () => {
  let nested: unknown[] = [];
  for (let depth = 0; depth < 100_000; depth++) nested = [nested];
  assert.deepEqual([nested, {}, null, undefined, 7, "a\n"].map(described), [
    "a list",
    "an object",
    "null",
    "none",
    "7",
    '"a\\n"',
  ]);
});

Deno.test("an error's line is safe to print whatever a file is called", () => {
  assert.equal(formatFault("a\x1b]0;x\x07", "b", "c").message, "a\\x1b]0;x\\x07: expected b but found c");
});
