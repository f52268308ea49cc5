import assert from "node:assert/strict";
import { studentQuantile } from "@graphon-limit/graphon";
import { InvalidArgumentError } from "@graphon-limit/runtime";
import { oneLine } from "../runtime/support.ts";

Deno.test("studentQuantile: closed forms of one and two degrees of freedom, printed tables, the normal distribution", () => {
  const near = (found: number, expected: number) =>
    assert.ok(Math.abs(found / expected - 1) < 1e-9, `${found} for ${expected}`);
  for (const probability of [0.01, 0.5, 0.9, 0.95, 0.999]) {
    near(studentQuantile(probability, 1), Math.tan(Math.PI * probability / 2));
    near(studentQuantile(probability, 2), probability * Math.sqrt(2 / (1 - probability ** 2)));
  }
  for (
    const [freedom, tabled] of [[3, 3.182], [4, 2.776], [10, 2.228], [29, 2.045], [60, 2.000], [120, 1.980]]
  ) {
    assert.equal(studentQuantile(0.95, freedom).toFixed(3), tabled.toFixed(3));
  }
  assert.equal(studentQuantile(0.95, 1e9).toFixed(5), "1.95996");
  // Between whole numbers it goes down without a step.
  let before = Infinity;
  for (let freedom = 0.5; freedom < 50; freedom *= 1.1) {
    const quantile = studentQuantile(0.9, freedom);
    assert.ok(quantile < before, String(freedom));
    before = quantile;
  }
  assert.throws(() => studentQuantile(1, 3), oneLine(InvalidArgumentError, "probability", "1"));
  assert.throws(() => studentQuantile(0.5, 0), oneLine(InvalidArgumentError, "freedom", "0"));
});
