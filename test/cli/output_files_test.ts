import assert from "node:assert/strict";
import { serialiseSafetensors, type Tensor } from "@graphon-limit/data";
import { diskOf, interruptedAtFile, makePipe } from "./faults.ts";
import { filesBelow, inFolder, pathsBelow, runCli, runInterrupted } from "./run_cli.ts";

const FAILED = 1;

const NETWORK = "--widths 784,24,16,10 --init he";

/** Commands of several files, each of a folder of its own, and the flags that name these files. */
const COMMANDS: readonly string[] = [
  `prune --method random --sparsity 0.5 ${NETWORK} --out FOLDER/masks --save-weights FOLDER/weights`,
  `train ${NETWORK} --batch INPUT/batch --steps 3 --out FOLDER/run.json --save FOLDER/saved --figure FOLDER/l.svg`,
  `train ${NETWORK} --batch INPUT/batch --steps 2 --predict --batch-size 4 --out FOLDER/p.json --figure FOLDER/p.png`,
  "graphon --masks INPUT/masks --out FOLDER/graphons --layers all --figure FOLDER/graphons.svg --grid 8",
  "limit --method random --sparsity 0.5 --grid 8 --out FOLDER/limit --second-moments FOLDER/m --figure FOLDER/l.svg",
  "converge --methods random --widths 16 --reference 24 --trials 1 --dataset digits --out FOLDER --grid 8",
  "reproduce F5 --quick --trials 2 --widths 16,24 --sparsities 0.5 --out FOLDER",
  "ntk --weights INPUT/masks --inputs INPUT/inputs --out FOLDER/kernel --figure FOLDER/spectrum.svg",
  "compare --weights INPUT/masks --masks a=INPUT/masks --out FOLDER --grid 8",
];

const wordsOf = (line: string, folder: string) =>
  `${line} --device cpu --quiet`.replaceAll("FOLDER", folder).replaceAll("INPUT", `${folder}/..`).split(" ");

/** What commands read. */
function writeInputs(folder: string): void {
  const write = (name: string, ...tensors: Tensor[]) =>
    Deno.writeFileSync(`${folder}/${name}`, serialiseSafetensors(tensors));
  const matrix = (name: string, rows: number, cols: number): Tensor => ({
    name,
    shape: [rows, cols],
    data: Float32Array.from({ length: rows * cols }, (_, i) => i % 3 ? 1 : 0),
  });
  write("masks", matrix("layers.0.weight", 12, 8), matrix("layers.1.weight", 6, 12));
  write("inputs", matrix("x", 5, 8));
  write("batch", matrix("x", 4, 784), { name: "y", shape: [4], data: Int32Array.of(0, 1, 2, 9) });
}

/** The results in a folder by name; finished tasks, which are kept whatever happens, are not among them. */
function resultsIn(folder: string): Map<string, string> {
  const paths = filesBelow(folder).filter((path) => !path.startsWith(`${folder}/tasks/`));
  return new Map(paths.sort().map((path) => [path, Deno.readFileSync(path).toHex()]));
}

for (const line of COMMANDS) {
  const [name] = line.split(" ");

  Deno.test(`files of ${name}: a disk that is full in the middle, or a signal, leaves all of them as they were`, () =>
    inFolder(async (inputs) => {
      writeInputs(inputs);
      const folder = `${inputs}/out`, words = wordsOf(line, folder), given = filesBelow(inputs).sort();
      // Nothing there yet: nothing is left.
      {
        using _disk = diskOf(100);
        const { code, stderr } = await runCli(...words);
        assert.deepEqual([code, stderr.length], [FAILED, 1], stderr.join("\n"));
        assert.deepEqual(filesBelow(inputs).sort(), given);
      }
      const first = await runCli(...words);
      assert.equal(first.code, 0, first.stderr.join("\n"));
      const before = resultsIn(folder);
      // Tasks are done: all that is written now are results.
      let bytes = 0, files = 0;
      {
        using disk = diskOf();
        const counted = interruptedAtFile(Infinity);
        assert.equal((await runInterrupted(counted, words)).code, 0);
        bytes = disk.written;
        files = counted.files;
      }
      const whole = resultsIn(folder);
      assert.deepEqual([...whole.keys()], [...before.keys()]);
      for (const share of [0, 0.4, 0.999]) {
        using _disk = diskOf(Math.floor(share * bytes));
        const { code, stdout, stderr } = await runCli(...words);
        assert.deepEqual([code, stdout, stderr.length], [FAILED, [], 1], stderr.join("\n"));
        assert.match(stderr[0], /^error: \S+: expected a file to write but found no space left on device$/);
        assert.deepEqual(resultsIn(folder), whole);
      }
      // The first ones are those that try whether there is a place to write to.
      const { code, stderr } = await runInterrupted(interruptedAtFile(1), words);
      assert.ok(files > 0);
      assert.deepEqual([code, stderr], [143, ["interrupted"]], "a signal before the work");
      assert.deepEqual(resultsIn(folder), whole);
    }));
}

Deno.test("files of prune: a signal while they are written leaves them as they were", () =>
  inFolder(async (folder) => {
    const line = COMMANDS[0].replace("784,24", "784,24,20,16,12");
    assert.equal((await runCli(...wordsOf(line, folder))).code, 0);
    const before = resultsIn(folder);
    const counted = interruptedAtFile(Infinity);
    await runInterrupted(counted, [...wordsOf(line, folder), "--seed", "1"]);
    const changed = resultsIn(folder);
    assert.notDeepEqual(changed, before);
    // Two that try the folder, and two that are written.
    assert.equal(counted.files, 4);
    for (const file of [3, 4]) {
      const { code, stdout, stderr } = await runInterrupted(interruptedAtFile(file), wordsOf(line, folder));
      assert.deepEqual({ code, stdout, stderr }, { code: 143, stdout: [], stderr: ["interrupted"] });
      assert.deepEqual(resultsIn(folder), changed);
    }
  }));

Deno.test("files of train: a save on the way that fails is a notice, and the run goes on", () =>
  inFolder(async (folder) => {
    writeInputs(folder);
    const { writeSync } = Deno.FsFile.prototype;
    let full = true;
    Deno.FsFile.prototype.writeSync = function (bytes) {
      if (!full) return writeSync.call(this, bytes);
      full = false;
      throw new Error("No space left on device (os error 28)");
    };
    try {
      const line =
        `train ${NETWORK} --batch FOLDER/batch --steps 5 --save FOLDER/saved --checkpoint-every 4 --json`;
      const { code, stdout, stderr } = await runCli(...wordsOf(line, folder));
      assert.equal(code, 0, stderr.join("\n"));
      const { losses, notices } = JSON.parse(stdout[0]);
      assert.equal(losses.length, 5);
      assert.match(
        notices.at(-1),
        /^after 4 steps the run could not be saved: \S+saved: .* no space left on device$/,
      );
    } finally {
      Deno.FsFile.prototype.writeSync = writeSync;
    }
    assert.ok(filesBelow(folder).includes(`${folder}/saved`));
  }));

Deno.test("files of train: a signal before the first step leaves the file of an earlier run as it was", () =>
  inFolder(async (folder) => {
    writeInputs(folder);
    const line = `train ${NETWORK} --batch FOLDER/batch --steps 5 --save FOLDER/saved`;
    assert.equal((await runCli(...wordsOf(line, folder))).code, 0);
    const saved = Deno.readFileSync(`${folder}/saved`);
    const { code, stderr } = await runInterrupted(interruptedAtFile(1), wordsOf(line, folder));
    assert.deepEqual([code, stderr], [143, ["interrupted"]]);
    const rest = "train --resume FOLDER/saved --batch FOLDER/batch --steps 9 --save FOLDER/saved";
    const resumed = await runInterrupted(interruptedAtFile(1), wordsOf(rest, folder));
    assert.deepEqual([resumed.code, resumed.stderr], [143, ["interrupted"]]);
    assert.deepEqual(Deno.readFileSync(`${folder}/saved`), saved);
  }));

const CHAIN = "prune --method random --sparsity 0.5 --widths 8,8 --init he --seed SEED --out";

Deno.test({
  name: "files: what is no file is refused in one line before the work, whatever the command",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (inputs) => {
      writeInputs(inputs);
      const folder = `${inputs}/out`;
      Deno.mkdirSync(folder);
      Deno.mkdirSync(`${folder}/taken`);
      Deno.symlinkSync(`${folder}/b`, `${folder}/a`);
      Deno.symlinkSync(`${folder}/a`, `${folder}/b`);
      const pipes = await makePipe(`${folder}/pipe`) ? [`${folder}/pipe`] : [];
      const before = pathsBelow(inputs).sort();
      for (const line of COMMANDS) {
        for (const odd of ["/dev/null", "/dev/full", "/dev/stdout", ...pipes, `${folder}/a`, ""]) {
          const words = wordsOf(line, folder);
          words[words.indexOf("--out") + 1] = odd;
          const { code, stdout, stderr } = await runCli(...words);
          assert.deepEqual(
            [code, stdout, stderr.length],
            [FAILED, [], 1],
            `${line} ${odd}: ${stderr.join("\n")}`,
          );
          assert.match(stderr[0], /^error: .*[Ee]xpected a (file|folder|path)/);
          assert.doesNotMatch(stderr[0], /defect/);
          assert.deepEqual(pathsBelow(inputs).sort(), before);
        }
      }
    }),
});

Deno.test({
  name: "files: links are written through, also where they lead to nothing yet, and modes are kept",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      Deno.symlinkSync(`${folder}/deep/target`, `${folder}/link`);
      const run = async (seed: number) => {
        const words = wordsOf(`${CHAIN.replace("SEED", `${seed}`)} FOLDER/link`, folder);
        assert.equal((await runCli(...words)).code, 0);
        assert.ok(Deno.lstatSync(`${folder}/link`).isSymlink);
        return Deno.readFileSync(`${folder}/deep/target`);
      };
      const first = await run(1);
      Deno.chmodSync(`${folder}/deep/target`, 0o600);
      assert.notDeepEqual(await run(2), first);
      assert.equal(Deno.statSync(`${folder}/deep/target`).mode! & 0o777, 0o600);
      assert.deepEqual(filesBelow(folder).sort(), [`${folder}/deep/target`, `${folder}/link`]);
    }),
});

Deno.test("files: what killed runs left in a folder goes with the next run, also one that fails", () =>
  inFolder(async (inputs) => {
    writeInputs(inputs);
    for (const [number, line] of COMMANDS.entries()) {
      const folder = `${inputs}/${number}`, left = `${folder}/.graphon-limit-4711-x-0.tmp`;
      Deno.mkdirSync(folder);
      Deno.writeTextFileSync(left, "half");
      // A disk that is full at once.
      using _disk = diskOf(0);
      assert.equal((await runCli(...wordsOf(line, folder))).code, FAILED);
      assert.deepEqual(filesBelow(folder), [], line);
    }
  }));
