import assert from "node:assert/strict";
import fc from "fast-check";
import { InvalidArgumentError } from "@graphon-limit/runtime";
import { formatDuration, formatRate } from "@graphon-limit/study";
import { createProgress } from "../../packages/cli/terminal/progress.ts";
import { print } from "../../packages/cli/terminal/print.ts";
import { formatTable } from "../../packages/cli/terminal/table.ts";

/** A clock to set and a stream to read. */
function fakeTerminal(isTTY: boolean) {
  const fake = {
    now: 1000,
    output: "",
    clock: () => fake.now,
    stream: { isTTY, columns: 120, write: (text: string) => fake.output += text },
  };
  return fake;
}

Deno.test("progress shows nothing of work shorter than two seconds", () => {
  for (const isTTY of [false, true]) {
    const fake = fakeTerminal(isTTY);
    const progress = createProgress({ total: 10, label: "work", ...fake });
    for (let done = 1; done <= 10; done++) {
      fake.now += 199;
      progress.update(done);
    }
    progress.done();
    assert.equal(fake.output, "");
  }
});

Deno.test("progress shows nothing when quiet", () => {
  const fake = fakeTerminal(false);
  {
    using progress = createProgress({ total: 2, label: "work", quiet: true, ...fake });
    fake.now += 60_000;
    progress.update(1);
  }
  assert.equal(fake.output, "");
});

Deno.test("away from a terminal progress writes a line at most every five seconds, and one at the end", () => {
  const fake = fakeTerminal(false);
  const progress = createProgress({ total: 20, label: "snip", ...fake });
  for (let done = 1; done <= 20; done++) {
    fake.now += 1000;
    progress.update(done, `width ${100 * done}`);
  }
  progress.done();
  progress.update(3);
  progress.done();
  assert.deepEqual(fake.output.split("\n"), [
    "snip: 2/20, width 200, 1/s, 18 s left",
    "snip: 7/20, width 700, 1/s, 13 s left",
    "snip: 12/20, width 1200, 1/s, 8.0 s left",
    "snip: 17/20, width 1700, 1/s, 3.0 s left",
    "snip: 20/20, width 2000, 1/s, 20 s",
    "",
  ]);
});

Deno.test("progress of work that stops half-way promises no remaining time", () => {
  const fake = fakeTerminal(false);
  {
    using progress = createProgress({ total: 4, label: "snip", ...fake });
    fake.now += 3000;
    progress.update(1);
    fake.now += 1000;
    progress.update(2);
  }
  assert.equal(fake.output, "snip: 1/4, 20/min, 9.0 s left\nsnip: 2/4, 30/min, 4.0 s\n");
});

Deno.test("on a terminal progress draws one bar in place and ends its line", () => {
  const fake = fakeTerminal(true);
  const progress = createProgress({ total: 4, label: "snip", ...fake });
  progress.update(1);
  assert.equal(fake.output, "");
  fake.now += 2500;
  progress.update(2, "width 500");
  assert.match(fake.output, /snip █{12}░{12} 2\/4 · 48\/min, 2\.5 s left · width 500/);
  fake.now += 2500;
  progress.update(4);
  progress.done();
  assert.match(fake.output, /snip █{24} 4\/4 · 48\/min, 5\.0 s/);
  assert.equal(fake.output.split("\n").length, 2);
});

Deno.test("progress shows a single long step without an update", async () => {
  const output: string[] = [];
  let now = 0;
  const stream = { write: (text: string) => output.push(text) };
  using progress = createProgress({ total: 1, label: "step", stream, clock: () => now });
  now = 2100;
  await new Promise((resolve) => setTimeout(resolve, 2300));
  assert.deepEqual(output, ["step: 0/1, 2.1 s\n"]);
  progress.update(1);
});

Deno.test("durations and rates are written for people", () => {
  const durations: [number, string][] = [
    [0, "0.0 s"],
    [9.94, "9.9 s"],
    [9.96, "10 s"],
    [59.6, "1 min 00 s"],
    [185, "3 min 05 s"],
    [3599.7, "1 h 00 min"],
    [7620, "2 h 07 min"],
    [NaN, "—"],
    [Infinity, "—"],
  ];
  for (const [seconds, text] of durations) assert.equal(formatDuration(seconds), text);
  const rates: [number, string][] = [[250.4, "250/s"], [12.34, "12/s"], [1, "1/s"], [0.5, "30/min"], [
    0.001,
    "3.6/h",
  ]];
  for (const [rate, text] of rates) assert.equal(formatRate(rate), text);
});

Deno.test("formatTable aligns numbers right and text left", () => {
  const columns = [{ title: "Method" }, { title: "Distance" }, { title: "Kept", digits: 2 }, {
    title: "±",
    align: "center" as const,
  }];
  const rows = [["SNIP", 17.155, 0.2, "a"], ["SynFlow", -3, 0.1999, "abc"]];
  assert.equal(
    formatTable(columns, rows),
    [
      "Method   Distance  Kept   ±",
      "───────  ────────  ────  ───",
      "SNIP        17.16  0.20   a",
      "SynFlow        −3  0.20  abc",
    ].join("\n"),
  );
  assert.throws(() => formatTable(columns, [["SNIP"]]), InvalidArgumentError);
  assert.equal(formatTable([{ title: "Empty" }], []), "Empty\n─────");
});

Deno.test("formatTable starts each column at one place whatever it holds", () => {
  const cell = fc.oneof(fc.stringMatching(/^[a-zé█𝛼]{1,9}$/u), fc.double(), fc.integer());
  fc.assert(fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 6 }), (rows) => {
    const lines = formatTable([{ title: "a" }, { title: "b", align: "left" }], rows).split("\n");
    const start = lines[1].indexOf("  ") + 2;
    assert.equal(lines.length, rows.length + 2);
    for (const line of lines) {
      const characters = [...line];
      assert.equal(characters.slice(start - 2, start).join(""), "  ");
      assert.notEqual(characters[start], " ");
    }
  }));
});

Deno.test("print: standard output that is full is one line, and no defect", () => {
  const { log } = console;
  console.log = () => {
    throw new Error("No space left on device (os error 28)");
  };
  try {
    assert.throws(() => print("result"), {
      name: "OutputError",
      message: "standard output: expected a file to write but found no space left on device",
    });
  } finally {
    console.log = log;
  }
});
