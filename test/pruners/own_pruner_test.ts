import assert from "node:assert/strict";
import {
  definePruner,
  findMethod,
  methodNamed,
  METHODS,
  prune,
  type ScoreContext,
  type Scores,
} from "@graphon-limit/pruners";
import { InvalidArgumentError, seedFrom } from "@graphon-limit/runtime";
import { onBothDevices, oneLine } from "../runtime/support.ts";
import { fixedScores, masksOf, network, unmask } from "./support.ts";

const WIDTHS = [4, 6, 3], SIZES = [24, 18], seed = seedFrom(1);
const rising = () => SIZES.map((length) => Float32Array.from({ length }, (_, i) => i));

onBothDevices("prune: host scores over two rounds count only where a weight is left", async (device) => {
  using placed = network(device, WIDTHS);
  const seen: number[] = [];
  const pruner = definePruner({
    name: "turning",
    rounds: 2,
    score({ round, rounds, network }) {
      assert.equal(rounds, 2);
      seen.push(round);
      // The second round would bring the removed half back, and remove what the first one kept.
      return network.weights.map(({ count }) =>
        Float32Array.from({ length: count }, (_, i) => round === 0 ? i : -i)
      );
    },
  });
  const options = { sparsity: 0.75, scope: "layer", schedule: "exponential", seed } as const;
  const { kept } = await prune(placed, pruner, options);
  assert.deepEqual(seen, [0, 1]);
  assert.deepEqual(kept, [6, 5]);
  const [first, second] = await masksOf(placed);
  // Of 24 the lower 12 go, then the highest of the rest; of 18 the lower 9, then the highest.
  assert.deepEqual([...first.keys()].filter((i) => first[i]), [12, 13, 14, 15, 16, 17]);
  assert.deepEqual([...second.keys()].filter((i) => second[i]), [9, 10, 11, 12, 13]);
});

onBothDevices(
  "prune: a score that is not a number is an error with the pruner's name and how many",
  async (device) => {
    for (const scope of ["global", "layer"] as const) {
      using placed = network(device, WIDTHS);
      const before = device.memory.live;
      const scores = rising();
      scores[1][3] = scores[1][4] = NaN;
      await assert.rejects(
        () => prune(placed, fixedScores(scores, "my-own"), { sparsity: 0.5, scope, seed }),
        oneLine(InvalidArgumentError, "my-own", "2 NaN"),
      );
      unmask(placed);
      assert.equal(device.memory.live, before);
    }
  },
);

onBothDevices("prune: a score that is not a number in an early round is found too", async (device) => {
  // Both signs of NaN, for one sorts above all numbers and the other below.
  for (const bits of [0x7fc00000, 0xffc00000]) {
    using placed = network(device, WIDTHS);
    const pruner = definePruner({
      name: "early",
      score({ round }) {
        const scores = rising();
        if (round === 0) new Uint32Array(scores[0].buffer)[5] = bits;
        return scores;
      },
    });
    await assert.rejects(
      () => prune(placed, pruner, { sparsity: 0.5, rounds: 3, seed }),
      oneLine(InvalidArgumentError, "early", "1 NaN"),
    );
  }
});

onBothDevices("prune: infinite scores are ordinary ends of the order", async (device) => {
  using placed = network(device, [2, 2]);
  await prune(placed, fixedScores([Float32Array.of(Infinity, -Infinity, 3, -3)]), { sparsity: 0.5, seed });
  assert.deepEqual(await masksOf(placed), [Uint8Array.of(1, 0, 1, 0)]);
});

onBothDevices(
  "prune: scores of the wrong number or shape are refused by name, layer and size",
  async (device) => {
    using placed = network(device, WIDTHS);
    const before = device.memory.live;
    const refused = (scores: unknown, ...words: string[]) =>
      assert.rejects(
        () => prune(placed, fixedScores(scores as Scores, "mine"), { sparsity: 0.5, seed }),
        oneLine(InvalidArgumentError, "mine", ...words),
      );
    await refused(rising().slice(0, 1), "2 layers", "1");
    await refused(undefined, "2 layers", "undefined");
    await refused([rising()[0], new Float32Array(17)], "layer 1", "3×6", "17 elements");
    await refused([rising()[0], Array.from({ length: 18 }, () => 0)], "layer 1", "3×6");
    await refused([undefined, rising()[1]], "layer 0", "6×4");
    await refused([device.matrix(4, 6), device.matrix(3, 6)], "layer 0", "6×4", "4×6 f32");
    await refused([device.matrix(6, 4, "u32"), device.matrix(3, 6)], "layer 0", "6×4", "6×4 u32");
    assert.equal(device.memory.live, before);
  },
);

onBothDevices(
  "prune: an error of the pruner's own comes through, and memory is given back",
  async (device) => {
    using placed = network(device, WIDTHS);
    const before = device.memory.live;
    const failing = definePruner({
      name: "failing",
      score: () => Promise.reject(new InvalidArgumentError("Expected better")),
    });
    await assert.rejects(() => prune(placed, failing, { sparsity: 0.5, seed }), /Expected better/);
    assert.equal(device.memory.live, before);
  },
);

onBothDevices(
  "prune: the network's own weights may be the scores, and stay the network's",
  async (device) => {
    using placed = network(device, WIDTHS);
    const [first, second] = placed.weights.map(({ matrix }) => matrix);
    const weights = [...await device.read(first), ...await device.read(second)];
    const pruner = definePruner({
      name: "signed",
      score: ({ network }) => network.weights.map(({ matrix }) => matrix),
    });
    const { kept, thresholds } = await prune(placed, pruner, { sparsity: 0.5, seed });
    assert.equal(thresholds[0], weights.toSorted((a, b) => a - b)[20]);
    assert.equal(kept[0] + kept[1], 21);
    assert.equal((await device.read(first)).length, SIZES[0]);
  },
);

Deno.test("findMethod: finds the library's own by name", async () => {
  for (const [name, method] of METHODS) {
    assert.equal(await findMethod(name), method);
    assert.equal(methodNamed(name), method);
    assert.equal(method.name, name);
  }
});

Deno.test("findMethod: an unknown method is an error that lists the names", async () => {
  for (const name of ["snipe", "toString", "", "./own.ts"]) {
    await assert.rejects(
      () => findMethod(name),
      oneLine(InvalidArgumentError, [...METHODS.keys()].join(", "), JSON.stringify(name)),
    );
    assert.throws(
      () => methodNamed(name),
      oneLine(InvalidArgumentError, "random, magnitude", JSON.stringify(name)),
    );
  }
});

Deno.test("findMethod: loads a module's method or score function, and says what it exports otherwise", async () => {
  const folder = await Deno.makeTempDir();
  const load = async (file: string, text: string | undefined) => {
    if (text !== undefined) await Deno.writeTextFile(`${folder}/${file}`, text);
    return await findMethod(file, (path) => new URL(`file://${folder}/${path}`).href);
  };
  try {
    const whole = await load(
      "whole.ts",
      "export default { name: 'mine', rounds: 4, score() { return [Float32Array.of(this.rounds)]; } };",
    );
    assert.deepEqual([whole.name, whole.label, whole.reads, whole.rounds], ["mine", "mine", "weights", 4]);
    const context = {} as ScoreContext;
    assert.deepEqual(await whole.score!(context), [Float32Array.of(4)]);
    // What a class keeps for itself is its own affair.
    const instance = await load(
      "instance.ts",
      "export default new (class { reads = 'nothing'; level = 7; score() { return [Float32Array.of(this.level)]; } })();",
    );
    assert.deepEqual([instance.name, instance.reads], ["instance.ts", "nothing"]);
    assert.deepEqual(await instance.score!(context), [Float32Array.of(7)]);
    const bare = await load("bare.js", "export default () => [Float32Array.of(1)];");
    assert.deepEqual([bare.name, await bare.score!(context)], ["bare.js", [Float32Array.of(1)]]);

    const wrong = (file: string, text: string | undefined, ...words: string[]) =>
      assert.rejects(() => load(file, text), oneLine(InvalidArgumentError, file, ...words));
    await wrong("number.mjs", "export default 3;", "by default", "3");
    await wrong("typo.ts", "export default { score: () => [], rouns: 3 };", '"rouns"', "rounds");
    await wrong("nothing.ts", "export default { rounds: 3 };", "score, construct and quota", "0");
    await wrong("nul.ts", "export default null;", "by default", "null");
    await wrong("empty.mjs", "export const score = 1;", "by default", "undefined");
    await wrong("throwing.mjs", "throw new Error('first\\nsecond');", "first");
    await wrong("absent.ts", undefined, "Cannot load");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
