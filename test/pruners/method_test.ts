import assert from "node:assert/strict";
import fc from "fast-check";
import { type Network } from "@graphon-limit/model";
import { definePruner, type Method, METHODS, prune, register, snip } from "@graphon-limit/pruners";
import { BitMatrix, type Device, InvalidArgumentError, packBits, seedFrom } from "@graphon-limit/runtime";
import { onBothDevices, oneLine } from "../runtime/support.ts";
import { maskRandomly, masksOf, network, samples, unmask } from "./support.ts";

const WIDTHS = [4, 6, 3], seed = seedFrom(1);

Deno.test("definePruner: a name and one way to prune make a method; what there is not is refused", () => {
  const score = () => [], construct = () => [], quota = () => [];
  for (const way of [{ score }, { construct }, { quota }]) {
    assert.deepEqual(definePruner({ name: "mine", ...way }), {
      ...{ name: "mine", label: "mine", reads: "weights" },
      ...way,
    });
  }
  const whole = {
    name: "mine",
    label: "Mine",
    reads: "samples",
    rounds: 3,
    recoverable: true,
    worthless: 0,
    score,
  } as const;
  assert.deepEqual(definePruner(whole), whole);
  const refused = (definition: Record<string, unknown>, ...words: string[]) =>
    assert.throws(
      () => definePruner({ name: "mine", ...definition } as Parameters<typeof definePruner>[0]),
      oneLine(InvalidArgumentError, "mine", ...words),
    );
  refused({ score, needsBatch: true }, '"needsBatch"', "reads");
  refused({ score, Rounds: 3 }, '"Rounds"');
  refused({}, "score, construct and quota", "0");
  refused({ score: undefined }, "score, construct and quota", "0");
  refused({ score, construct }, "score, construct and quota", "2");
  refused({ score: 3 }, "score, construct and quota");
  refused({ score, worthless: "none" }, "worthless score", '"none"');
  refused({ score, worthless: NaN }, "worthless score", "NaN");
});

Deno.test("METHODS: each method registers once, in the order of the tables, with a label and a look of its own", () => {
  assert.deepEqual([...METHODS.keys()], [
    "random",
    "magnitude",
    "snip",
    "grasp",
    "synflow",
    "uniform",
    "erk",
  ]);
  for (const [name, method] of METHODS) {
    assert.equal(method.name, name);
    assert.throws(() => register(method), oneLine(InvalidArgumentError, JSON.stringify(name), "twice"));
    assert.ok((!method.score || method.recorded) && method.style);
  }
  const different = (of: (method: Method) => unknown) =>
    assert.equal(new Set([...METHODS.values()].map(of)).size, METHODS.size);
  different(({ label }) => label);
  different(({ style }) => style?.light);
  different(({ style }) => style?.dark);
  different(({ style }) => style?.shape);
});

/** Masks that keep the first so many weights of each layer. */
function firsts(device: Device, { weights }: Network, kept: readonly number[]): BitMatrix[] {
  return weights.map(({ rows, cols, count }, layer) => {
    const bits = Uint8Array.from({ length: count }, (_, at) => Number(at < kept[layer]));
    return device.uploadBits(packBits(bits, rows, cols), rows, cols);
  });
}

onBothDevices(
  "prune: takes the masks that a method constructs, if they keep as many as asked for",
  async (device) => {
    using placed = network(device, WIDTHS);
    using batch = samples(device, placed, 5);
    const seen: unknown[] = [];
    const constructing = definePruner({
      name: "first",
      construct({ keep, quota, batch: given, seed, ...rest }) {
        seen.push({ keep, quota, batch: given === batch, seed, network: rest.network === placed });
        return firsts(device, placed, quota ?? [keep - 15, 15]);
      },
    });
    const done: string[] = [], onProgress = (round: number, of: number) => done.push(`${round} of ${of}`);
    const kept = async (options: Partial<Parameters<typeof prune>[2]>) => {
      const all = { sparsity: 0.5, seed, batch, onProgress, ...options } as Parameters<typeof prune>[2];
      const result = await prune(placed, constructing, all);
      assert.deepEqual(result.thresholds, []);
      assert.deepEqual(
        (await masksOf(placed)).map((mask) => mask.reduce((sum, bit) => sum + bit)),
        result.kept,
      );
      return result.kept;
    };
    const { live } = device.memory;
    assert.deepEqual(await kept({}), [6, 15]);
    // By layer 24 − ⌊0.2 · 24⌋ and 18 − ⌊0.2 · 18⌋, one more than of all together.
    assert.deepEqual(await kept({ sparsity: 0.2, scope: "layer" }), [20, 15]);
    assert.deepEqual(await kept({ sparsity: undefined, quota: [3, 7] } as never), [3, 7]);
    const context = { batch: true, seed, network: true };
    assert.deepEqual(seen, [
      { ...context, keep: 21, quota: undefined },
      { ...context, keep: 20 + 15, quota: undefined },
      { ...context, keep: 10, quota: [3, 7] },
    ]);
    assert.deepEqual(done, ["1 of 1", "1 of 1", "1 of 1"]);
    await assert.rejects(
      () => prune(placed, constructing, { sparsity: 0.5, rounds: 2, seed }),
      oneLine(InvalidArgumentError, "first", "one round", "2"),
    );
    unmask(placed);
    assert.equal(device.memory.live, live);
  },
);

onBothDevices(
  "prune: refuses masks of other shapes or numbers, and the network's own stay",
  async (device) => {
    using placed = network(device, WIDTHS);
    maskRandomly(placed, 0.5, 3);
    const before = await masksOf(placed), { live } = device.memory;
    const own = () => placed.weights.map(({ mask }) => mask!);
    const refused = async (construct: () => unknown, options: object, ...words: string[]) => {
      const method = definePruner({ name: "mine", construct } as Parameters<typeof definePruner>[0]);
      await assert.rejects(
        () => prune(placed, method, { sparsity: 0.5, seed, ...options } as Parameters<typeof prune>[2]),
        oneLine(InvalidArgumentError, "mine", ...words),
      );
      assert.deepEqual(await masksOf(placed), before);
      assert.equal(device.memory.live, live);
    };
    await refused(() => firsts(device, placed, [10, 10]), {}, "21 weights", "20");
    await refused(
      () => firsts(device, placed, [11, 9]),
      { quota: [10, 10], sparsity: undefined },
      "layer 0",
      "10",
      "11",
    );
    await refused(() => [device.bits(6, 4)], {}, "2 layers", "1");
    await refused(() => undefined, {}, "2 layers", "undefined");
    await refused(() => [device.bits(6, 4), device.bits(6, 3)], {}, "layer 1", "3×6", "6×3");
    await refused(() => [device.bits(6, 4), new Uint8Array(18)], {}, "layer 1", "3×6");
    // What a method hands back may be the network's own.
    await refused(own, { sparsity: 0.99 }, "1 weights");
    const kept = before.flatMap((mask) => [...mask]).reduce((sum, bit) => sum + bit, 0);
    const same = definePruner({ name: "same", construct: own });
    await prune(placed, same, { quota: before.map((mask) => mask.reduce((sum, bit) => sum + bit, 0)), seed });
    assert.deepEqual(await masksOf(placed), before);
    assert.ok(kept > 0 && device.memory.live === live);
    await assert.rejects(
      () =>
        prune(
          placed,
          definePruner({ name: "own", construct: () => Promise.reject(new RangeError("enough")) }),
          { sparsity: 0.5, seed },
        ),
      RangeError,
    );
    assert.equal(device.memory.live, live);
  },
);

onBothDevices(
  "prune: a method that says how many weights each layer keeps leaves the rest to chance",
  async (device) => {
    using placed = network(device, WIDTHS);
    const asked: number[] = [];
    const halves = definePruner({
      name: "halves",
      reads: "nothing",
      quota({ network: { weights }, keep }) {
        asked.push(keep, weights.length);
        return [keep - Math.floor(keep / 2), Math.floor(keep / 2)];
      },
    });
    const first = await prune(placed, halves, { sparsity: 0.5, seed });
    assert.deepEqual(first.kept, [11, 10]);
    const masks = await masksOf(placed);
    unmask(placed);
    // In rounds, too; and the caller's own numbers win.
    const second = await prune(placed, halves, { sparsity: 0.7, rounds: 3, seed });
    assert.deepEqual(second.kept, [7, 6]);
    (await masksOf(placed)).forEach((mask, l) => mask.forEach((bit, at) => assert.ok(bit <= masks[l][at])));
    unmask(placed);
    assert.deepEqual((await prune(placed, halves, { quota: [1, 18], seed })).kept, [1, 18]);
    assert.deepEqual(asked, [21, 2, 13, 2]);
    unmask(placed);
    await prune(placed, halves, { sparsity: 0.5, seed: seedFrom(2) });
    assert.notDeepEqual(await masksOf(placed), masks);
    await assert.rejects(
      () => prune(placed, halves, { sparsity: 0.5, scope: "layer", seed }),
      oneLine(InvalidArgumentError, "halves", "global", '"layer"'),
    );
    const wrong = definePruner({ name: "wrong", quota: () => [25, 0] });
    await assert.rejects(
      () => prune(placed, wrong, { sparsity: 0.5, seed }),
      oneLine(InvalidArgumentError, "quota", "layer 0", "25"),
    );
  },
);

onBothDevices("prune: what a recoverable method removed may return in a later round", async (device) => {
  for (const where of ["host", "device"] as const) {
    for (const recoverable of [true, false]) {
      using placed = network(device, WIDTHS);
      const turning = definePruner({
        name: "turning",
        rounds: 2,
        recoverable,
        // The second round would have what the first one removed, and nothing of what it kept.
        score: ({ round, network: { weights } }) =>
          weights.map(({ rows, cols, count }) => {
            const scores = Float32Array.from({ length: count }, (_, at) => round === 0 ? at : -at);
            return where === "host" ? scores : device.upload(scores, rows, cols);
          }) as Float32Array[],
      });
      await prune(placed, turning, { sparsity: 0.75, scope: "layer", seed });
      const [first] = await masksOf(placed), kept = [...first.keys()].filter((at) => first[at]);
      if (recoverable) assert.deepEqual(kept, [0, 1, 2, 3, 4, 5], where);
      // On the device they must be the least of all themselves: the highest go, of which none is left to keep.
      else assert.deepEqual(kept, where === "host" ? [12, 13, 14, 15, 16, 17] : [], where);
    }
  }
});

onBothDevices("prune: an option that is undefined is one left out", async (device) => {
  const run = async (method: Method, options: object) => {
    using placed = network(device, [10, 20, 10]);
    using batch = samples(device, placed, 5);
    const result = await prune(
      placed,
      method,
      { sparsity: 0.7, batch, seed, ...options } as Parameters<typeof prune>[2],
    );
    return { ...result, masks: await masksOf(placed) };
  };
  const names = ["scope", "quota", "rounds", "schedule", "scores", "signal", "onProgress"];
  await fc.assert(
    fc.asyncProperty(fc.subarray(names), fc.constantFrom(...METHODS.values()), async (left, method) => {
      const absent = Object.fromEntries(left.map((name) => [name, undefined]));
      assert.deepEqual(await run(method, absent), await run(method, {}));
    }),
    { numRuns: 20 },
  );
  const { name, score } = snip;
  const fields = ["label", "reads", "rounds", "recoverable", "construct", "quota", "recorded", "style"];
  const absent = Object.fromEntries(fields.map((field) => [field, undefined]));
  const bare = definePruner({ name, score: score! });
  const odd = definePruner({ ...absent, name, score } as Parameters<typeof definePruner>[0]);
  assert.deepEqual([odd.label, odd.reads], [bare.label, bare.reads]);
  assert.deepEqual(await run(odd, {}), await run(bare, {}));
});
