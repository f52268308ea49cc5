import assert from "node:assert/strict";
import {
  constantLimit,
  keptAtRandom,
  limitGraphon,
  limitNamed,
  LIMITS,
  raoBlackwell,
  registerLimit,
  scoredLimit,
  takesRounds,
} from "@graphon-limit/limit";
import { initialise } from "@graphon-limit/model";
import {
  definePruner,
  fisher,
  growth,
  type Method,
  METHODS,
  obd,
  phew,
  random,
  snip,
  wanda,
} from "@graphon-limit/pruners";
import { InvalidArgumentError, seedFrom } from "@graphon-limit/runtime";
import { testDevice } from "../ops/harness.ts";
import { oneLine } from "../runtime/support.ts";
import { normalBatch } from "./support.ts";

const seed = seedFrom(3);

Deno.test("LIMITS: the library's methods have one each, in the order of their files", () => {
  const others: readonly Method[] = [wanda, fisher, obd, growth, phew];
  const own = [...LIMITS.values()].filter(({ method }) =>
    METHODS.get(method.name) === method || others.includes(method)
  );
  assert.deepEqual(own.map(({ method }) => method.name), [
    ...METHODS.keys(),
    ...others.map(({ name }) => name),
  ]);
  for (const [name, limit] of LIMITS) assert.equal(limitNamed(name), limit);
  const facts = own.map((limit) => [limit.exact, takesRounds(limit, 2), takesRounds(limit), limit.types]);
  const constant = [true, true, true, 1], scored = [false, false, true, 4000];
  assert.deepEqual(facts, [
    ...[constant, constant, scored, scored],
    [false, true, true, 1000],
    ...[constant, constant, scored, scored, scored, scored],
    [false, false, true, 1000],
  ]);
  // Random labels, and walks, have no estimate of one network.
  const without = own.filter(({ ofNetwork }) => !ofNetwork).map(({ method }) => method.name);
  assert.deepEqual(without, ["obd", "phew"]);
});

Deno.test("registerLimit: one limit for each method", () => {
  const again = constantLimit({ method: random, ofLaw: ({ layers }) => layers.map(() => keptAtRandom(1)) });
  assert.throws(() => registerLimit(again), oneLine(InvalidArgumentError, "two of"));
  assert.equal(limitNamed("random") === again, false);
  assert.throws(() => limitNamed("lamp"), oneLine(InvalidArgumentError, '"lamp"'));
});

Deno.test("registerLimit: a method of one's own has the limit that its factors say", async () => {
  const device = await testDevice("cpu");
  using batch = normalBatch(device, { features: 6, samples: 8, classes: 3 });
  const named = (name: string) => definePruner({ name, reads: "samples", score: snip.score! });
  registerLimit(scoredLimit({
    method: named("snip again"),
    factors: ({ input, delta }) => ({ a: delta!, x: input! }),
  }));
  const network = { inputs: 6, hidden: 2, classes: 3, width: 40 };
  const options = { sparsity: 0.7, batch, types: 30, grid: 4, seed };
  const [again, known] = await Promise.all(
    ["snip again", "snip"].map((method) => limitGraphon(device, method, network, options)),
  );
  assert.deepEqual(again, known);

  const { ofNetwork: _, ...wideAlone } = limitNamed("snip");
  registerLimit({ ...wideAlone, method: named("snip of wide networks") });
  using finite = initialise(device, [6, 20, 3], "he", { seed });
  await assert.rejects(
    raoBlackwell(finite, "snip of wide networks", { sparsity: 0.5, batch }),
    oneLine(InvalidArgumentError, "own neurons"),
  );
});
