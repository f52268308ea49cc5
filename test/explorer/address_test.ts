import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  choiceField,
  decimalField,
  METHOD_CHOICES,
  readAddress,
  wholeField,
  writeAddress,
} from "@graphon-limit/explorer";
import { LIMITS } from "@graphon-limit/limit";
import { METHODS } from "@graphon-limit/pruners";

const fields = {
  method: choiceField("snip", ["random", "snip"]),
  width: wholeField({ initial: 256, low: 16, high: 8192 }),
  sparsity: decimalField({ initial: 0.8, low: 0.01, high: 0.99, decimals: 4 }),
};

const state = fc.record({
  method: fc.constantFrom("random" as const, "snip" as const),
  width: fc.integer({ min: 16, max: 8192 }),
  sparsity: fc.integer({ min: 100, max: 9900 }).map((share) => share / 10_000),
}, { noNullPrototype: true });

Deno.test("address: what is written is what is read, without a word", () => {
  fc.assert(fc.property(state, (values) => {
    assert.deepEqual(readAddress(new URLSearchParams(writeAddress(values, fields)), fields), {
      values,
      problems: [],
    });
  }));
});

Deno.test("address: what is left out has its initial value, which is nothing to speak of", () => {
  assert.deepEqual(readAddress(new URLSearchParams("width=512"), fields), {
    values: { method: "snip", width: 512, sparsity: 0.8 },
    problems: [],
  });
});

Deno.test("address: whatever it says, values are acceptable, and each that was not taken is named", () => {
  const text = fc.oneof(fc.string(), fc.constantFrom("0.5", "1e9", "-1", "0x20", " 64", "64.5", "", "NaN"));
  fc.assert(fc.property(fc.record({ method: text, width: text, sparsity: text }), (texts) => {
    const { values, problems } = readAddress(new URLSearchParams(texts), fields);
    for (const name of ["method", "width", "sparsity"] as const) {
      const field = fields[name], written = field.format(values[name] as never);
      assert.equal(field.parse(written), values[name], name);
      const taken = field.parse(texts[name]) !== undefined;
      assert.equal(problems.some((line) => line.startsWith(`Expected ${name} to be`)), !taken, name);
    }
    for (const line of problems) assert.doesNotMatch(line, /\p{Cc}/u);
  }));
});

Deno.test("address: strangers, and a name that is said twice, are told", () => {
  const { values, problems } = readAddress(new URLSearchParams("width=64&width=128&colour=red"), fields);
  assert.equal(values.width, 64);
  assert.deepEqual(problems, [
    "Expected width once but found it 2 times; the first is shown",
    "Expected method, width, sparsity in the address but found “colour”",
  ]);
});

Deno.test("methods: the page offers those that have a limit, in the library's order, by its labels", () => {
  const known = [...METHODS.values()].filter(({ name }) => LIMITS.has(name));
  assert.deepEqual(METHOD_CHOICES, known.map(({ name, label }) => ({ value: name, label })));
});
