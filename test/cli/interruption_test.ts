import assert from "node:assert/strict";
import { serialiseSafetensors } from "@graphon-limit/data";
import { RandomSequence } from "@graphon-limit/runtime";
import { exitCodeOf, signalsOf } from "../../packages/cli/supervision/signals.ts";
import { start, Watched } from "./cli_process.ts";
import { filesBelow, inFolder, runCli } from "./run_cli.ts";

// Signals, sent to the command line as a user starts it: none of these commands would end before minutes have gone by.

// USR1 goes the same way; sweep_signals_test and supervisor_test send it.
const SIGNALS = signalsOf("linux").filter((signal) => signal !== "SIGUSR1");

const NETWORK = "--widths 784,256,256,10 --init he --dataset digits";

/** Long commands, and whether they keep the tasks they have done. */
const COMMANDS: readonly { line: string; keeps?: boolean }[] = [
  { line: `prune --method synflow --sparsity 0.9 --rounds 1000000 ${NETWORK} --out FOLDER/new/masks` },
  {
    line: "converge --methods synflow,snip --widths 64,128 --reference 256 --trials 500 --dataset digits " +
      "--out FOLDER/new",
    keeps: true,
  },
  { line: "reproduce F1 F5 --quick --trials 500 --out FOLDER/new", keeps: true },
  { line: "graphon --masks FOLDER/masks --layers all --estimator neighbourhood --out FOLDER/new/graphons" },
  { line: "ntk --weights FOLDER/masks --inputs FOLDER/inputs --out FOLDER/new/kernel" },
  {
    line: "limit --method snip --sparsity 0.5 --dataset digits --types 20000 --repetitions 100000 " +
      "--out FOLDER/new/limit",
  },
  { line: `compare ${NETWORK} --methods snip --sparsity 0.5 --train-steps 100000000 --out FOLDER/new` },
  { line: "demo --out FOLDER/new" },
  { line: `train ${NETWORK} --steps 100000000 --out FOLDER/new/run.json` },
];

function test(name: string, run: (folder: string) => Promise<void>): void {
  Deno.test({
    name: `signals: ${name}`,
    // Elsewhere there are other signals, and no way to send them.
    ignore: Deno.build.os === "windows",
    fn: () => inFolder(run),
  });
}

/** A layer whose graphon takes long to estimate, and inputs whose kernel takes long to take apart. */
function writeFiles(folder: string): void {
  const random = new RandomSequence(1),
    write = (name: string, tensor: string, rows: number, cols: number) => {
      const data = Float32Array.from({ length: rows * cols }, () => random.uniform() < 0.5 ? 0 : 1);
      Deno.writeFileSync(
        `${folder}/${name}`,
        serialiseSafetensors([{ name: tensor, shape: [rows, cols], data }]),
      );
    };
  write("masks", "layers.0.weight", 3000, 400);
  write("inputs", "x", 4000, 400);
}

/** Samples to train on. */
function writeBatch(folder: string): void {
  const random = new RandomSequence(2);
  Deno.writeFileSync(
    `${folder}/batch`,
    serialiseSafetensors([
      { name: "x", shape: [100, 20], data: Float32Array.from({ length: 2000 }, () => random.normal()) },
      { name: "y", shape: [100], data: Int32Array.from({ length: 100 }, () => random.integer(3)) },
    ]),
  );
}

const wordsOf = (line: string, folder: string) => line.replaceAll("FOLDER", folder).split(" ");

for (const { line, keeps } of COMMANDS) {
  const [name] = line.split(" ");
  for (const signal of SIGNALS) {
    test(`${signal} ends ${name} with its exit code and leaves nothing half done`, async (folder) => {
      writeFiles(folder);
      const before = filesBelow(folder);
      const run = new Watched(start([...wordsOf(line, folder), "--device", "cpu"]));
      await run.until(/^device: /m);
      if (keeps) {
        await run.untilTrue(() => exists(`${folder}/new/tasks`) && filesBelow(`${folder}/new`).length > 1);
      }
      run.child.kill(signal);
      const { code, stdout, stderr } = await run.finish();
      assert.deepEqual([code, stdout], [exitCodeOf(signal), []], stderr.join("\n"));
      assert.match(
        stderr.at(-1)!,
        keeps ? /^interrupted; .*the same command goes on from there$/ : /^interrupted$/,
      );
      const left = filesBelow(folder).filter((path) => !before.includes(path));
      for (const path of left) {
        assert.match(path, /\/new\/tasks\/[0-9a-f]{2}\/[0-9a-f]{64}\.json$/);
        JSON.parse(Deno.readTextFileSync(path));
      }
      assert.equal(left.length > 0, keeps ?? false, left.join("\n"));
    });
  }
}

for (const signal of SIGNALS) {
  test(`${signal} has train save what is done, and what is gone on with is the same run`, async (folder) => {
    const settings = `--batch ${folder}/batch --device cpu --json --batch-size 16 --checkpoint-every 7`;
    const saved = `${folder}/saved`;
    writeBatch(folder);
    const line = `train --widths 20,12,3 --init he --steps 100000000 ${settings} --save ${saved}`;
    const run = new Watched(start(line.split(" ")));
    // Training has begun once it was saved on its way.
    await run.untilTrue(() => exists(saved));
    run.child.kill(signal);
    const { code, stdout, stderr } = await run.finish();
    assert.deepEqual([code, stdout], [exitCodeOf(signal), []], stderr.join("\n"));
    const [, done] = /^interrupted after (\d+) of 100000000 steps; go on with --resume (\S+)$/.exec(
      stderr.at(-1)!,
    )!;
    assert.deepEqual(filesBelow(folder).sort(), [`${folder}/batch`, saved]);

    const steps = Number(done) + 5;
    const losses = async (line: string) => {
      const { code, stdout, stderr } = await runCli(...`${line} --steps ${steps} ${settings}`.split(" "));
      assert.equal(code, 0, stderr.join("\n"));
      return JSON.parse(stdout[0]).losses;
    };
    const resumed = await losses(`train --resume ${saved} --save ${saved}`);
    assert.equal(resumed.length, steps);
    assert.deepEqual(await losses(`train --widths 20,12,3 --init he --save ${folder}/whole`), resumed);
    assert.deepEqual(Deno.readFileSync(saved), Deno.readFileSync(`${folder}/whole`));
  });
}

test("SIGTERM ends a pruner of the user's own that never looks up", async (folder) => {
  Deno.writeTextFileSync(
    `${folder}/endless.ts`,
    `export default { name: "endless", score() { console.error("scoring"); while (true); } };`,
  );
  Deno.writeTextFileSync(`${folder}/masks`, "old");
  const line = "prune --method FOLDER/endless.ts --sparsity 0.5 --widths 8,8 --init he --out FOLDER/masks";
  const run = new Watched(start([...wordsOf(line, folder), "--device", "cpu", "--quiet"]));
  await run.until(/scoring/);
  run.child.kill("SIGTERM");
  const { code, stdout, stderr } = await run.finish();
  assert.deepEqual({ code, stdout, stderr }, { code: 143, stdout: [], stderr: ["scoring", "interrupted"] });
  assert.equal(Deno.readTextFileSync(`${folder}/masks`), "old");
});

test("what a pruner of the user's own lets fail unseen is one line", async (folder) => {
  Deno.writeTextFileSync(
    `${folder}/stray.ts`,
    `export default {
      name: "stray",
      async score() {
        Promise.reject(new TypeError("nobody\\nwaits"));
        await new Promise(() => setTimeout(() => {}, 1e6));
      },
    };`,
  );
  const line =
    "prune --method FOLDER/stray.ts --sparsity 0.5 --widths 8,8 --init he --out FOLDER/masks --quiet";
  const { code, stdout, stderr } = await new Watched(start([...wordsOf(line, folder), "--device", "cpu"]))
    .finish();
  assert.deepEqual([code, stdout, stderr.length], [1, [], 1], stderr.join("\n"));
  assert.match(stderr[0], /^error: nobody waits/);
  assert.deepEqual(filesBelow(folder), [`${folder}/stray.ts`]);
});

test("reproduce goes on where it was interrupted", async (folder) => {
  const args = wordsOf(
    "reproduce F5 F8 --quick --trials 4 --widths 32,64 --sparsities 0.5,0.8 --out FOLDER/r --device cpu --json",
    folder,
  );
  const records = () => exists(`${folder}/r/tasks`) ? filesBelow(`${folder}/r/tasks`) : [];
  const run = new Watched(start(args));
  await run.untilTrue(() => records().length >= 3);
  run.child.kill("SIGINT");
  const { code, stdout } = await run.finish();
  const done = records().length;
  // It may have come to its end before the signal did.
  assert.ok(code === 130 || done === 16, `${code}`);
  if (code === 130) assert.deepEqual([stdout, filesBelow(`${folder}/r`).length], [[], done]);

  const { code: again, stderr } = await new Watched(start(args)).finish();
  assert.equal(again, 0, stderr.join("\n"));
  assert.ok(stderr.includes(`${done} of 16 tasks are done already`), stderr.join("\n"));
  assert.equal(records().length, 16);
});

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
