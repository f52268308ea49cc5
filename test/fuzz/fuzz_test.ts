import assert from "node:assert/strict";
import process from "node:process";
import { InvalidArgumentError } from "@graphon-limit/runtime";
import { nameOf, runBatch } from "./batch.ts";
import { caseOf } from "./cases.ts";
import { targetNamed, TARGETS } from "./catalogue.ts";
import { corpusPaths, replayFile } from "./corpus.ts";
import { contentsOf, type Finding, judge } from "./judge.ts";
import { minimal } from "./minimal.ts";
import type { Bytes, Target } from "./target.ts";

/** Inputs of each target; a target of large files has one. */
const INPUTS = 150;

const INPUT = new Uint8Array([0, 1, 2, 3]);

for (const { name, share } of TARGETS) {
  Deno.test(`${name}: changed files are read, or refused in one line, in proportion, and what is sealed is itself`, async () => {
    const count = share < 0.01 ? 1 : share < 0.2 ? 20 : INPUTS;
    const found = await runBatch({ target: name, seed: 77, from: 0, count }, () => {});
    assert.deepEqual(found.map(({ kind, detail, index }) => ({ kind, detail, index })), []);
  });
}

Deno.test("what once showed something is read as it should be", async () => {
  const paths = corpusPaths();
  assert.ok(paths.length >= 15);
  for (const path of paths) assert.equal(await replayFile(path), undefined, path);
});

/** A target that reads in some way. */
function targetThat(read: Target["read"]): Target {
  return { name: "test", share: 1, seeds: () => [INPUT], mutations: [], read };
}

Deno.test("the judge tells each kind of fault, and lets refusals pass", async () => {
  const cases: [Finding["kind"] | undefined, Target["read"]][] = [
    [undefined, () => {}],
    [undefined, (_, watch) => {
      watch.attempt(() => {
        throw new InvalidArgumentError("no");
      });
    }],
    ["untyped error", () => {
      throw new TypeError("x is undefined");
    }],
    ["untyped error", (_, watch) => {
      watch.attempt(() => {
        throw new RangeError("Invalid array length");
      });
    }],
    ["message", (_, watch) => watch.line("a\x1b[31m")],
    ["message", (_, watch) => watch.line("a\nerror: forged")],
    ["message", (_, watch) => {
      watch.attempt(() => {
        throw new InvalidArgumentError("a".repeat(5000));
      });
    }],
    ["broken promise", (_, watch) => watch.holds(false, "two is two")],
    ["changed content", (_, watch) => watch.covered("a", "other")],
    ["memory", () => void kept.push(new Uint8Array(2 ** 26).fill(1))],
    ["time", () => spend(400)],
    [undefined, (_, watch) => {
      watch.asked(2 ** 20);
      spend(400);
    }],
  ];
  const kept: Uint8Array[] = [];
  for (const [kind, read] of cases) {
    const finding = await judge(targetThat(read), INPUT, new Set(["content"]));
    assert.equal(finding?.kind, kind, String(read));
  }
  const covered = await contentsOf(targetThat((_, watch) => watch.covered("a", "content")), [INPUT]);
  assert.deepEqual([...covered], ["content"]);
});

/** Keeps the processor busy, whatever else it does. */
function spend(milliseconds: number): void {
  const start = process.cpuUsage();
  for (let spent = 0; spent < 1000 * milliseconds;) {
    const { user, system } = process.cpuUsage(start);
    spent = user + system;
  }
}

Deno.test("an input is the same for the same number, and others differ", async () => {
  const target = targetNamed("safetensors"), seeds = await target.seeds();
  const texts = (seed: number) =>
    Array.from({ length: 50 }, (_, index) => caseOf(target, seeds, seed, index).input.toBase64());
  assert.deepEqual(texts(1), texts(1));
  assert.notDeepEqual(texts(1), texts(2));
  assert.ok(new Set(texts(1)).size > 40);
});

Deno.test("a finding's input is made as short as still shows it, and findings of one cause are one", async () => {
  const input = Uint8Array.from({ length: 500 }, (_, i) => i % 256);
  const shows = (shorter: Bytes) => Promise.resolve(shorter.includes(7) && shorter.includes(200));
  assert.deepEqual([...await minimal(input, shows)], [7, 200]);
  const finding = (detail: string) => nameOf({ target: "npy", kind: "message", detail });
  assert.equal(finding("12 letters"), finding("13 letters"));
  assert.notEqual(finding("a"), finding("b"));
});
