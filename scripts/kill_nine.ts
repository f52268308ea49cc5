// Kills the command line with SIGKILL at random moments, goes on with what is left, and compares what comes of it with a run that
// nothing interrupted: byte for byte, but for times. Half of the moments are anywhere in a run, half where it writes files.
//
//   deno run --allow-read --allow-write=out,docs/results --allow-run=deno scripts/kill_nine.ts --times 100 \
//     --report docs/results/kill_nine.md

import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { deriveSeed, RandomSequence, seedFrom } from "@graphon-limit/runtime";
import { KILLED_COMMANDS, type KilledCommand, writeInputs } from "./kill_nine/commands.ts";
import { type Moment, run } from "./kill_nine/killed_run.ts";
import { reportOf, summaryOf, type Tally } from "./kill_nine/report.ts";
import {
  differing,
  everythingIn,
  isWhole,
  leftOf,
  type Results,
  resultsIn,
  temporaryIn,
} from "./kill_nine/results.ts";

const { values: flags } = parseArgs({
  options: {
    times: { type: "string", default: "100" },
    commands: { type: "string", default: KILLED_COMMANDS.map(({ name }) => name).join(",") },
    seed: { type: "string", default: "0" },
    out: { type: "string", default: "out/kill-nine" },
    report: { type: "string" },
  },
});

/** Most milliseconds between a temporary file's coming to be and a kill where files are written. */
const WRITING_MS = 4;

/** The seed of the runs that are killed, and of the one whose results they are to replace. */
const SEED = 0, EARLIER_SEED = 1;

const inputs = `${flags.out}/inputs`;
writeInputs(inputs);
let failed = false;
for (const [index, command] of KILLED_COMMANDS.entries()) {
  if (!flags.commands.split(",").includes(command.name)) continue;
  const tally = await killMany(
    command,
    Number(flags.times),
    new RandomSequence(deriveSeed(seedFrom(Number(flags.seed)), index)),
  );
  Deno.writeTextFileSync(tallyOf(command), JSON.stringify(tally));
  console.log(summaryOf(tally));
  failed ||= tally.differing.length + tally.damaged + tally.left.damaged > 0;
  if (flags.report !== undefined) {
    Deno.writeTextFileSync(flags.report, reportOf(tallies(), Number(flags.seed)));
  }
}
if (failed) Deno.exit(1);

/** What came of the commands so far, those of earlier calls among them: they take long, and may be killed one by one. */
function tallies(): Tally[] {
  return KILLED_COMMANDS.filter((command) => existsSync(tallyOf(command))).map((command) =>
    JSON.parse(Deno.readTextFileSync(tallyOf(command)))
  );
}

function tallyOf({ name }: KilledCommand): string {
  return `${flags.out}/${name}.json`;
}

/** Kills a command so many times, in as many runs as that takes. */
async function killMany(command: KilledCommand, times: number, random: RandomSequence): Promise<Tally> {
  const started = performance.now(), { name, state } = command;
  const earlier = await undisturbed(command, EARLIER_SEED), whole = await undisturbed(command, SEED);
  const tally: Tally = {
    ...{
      name,
      ms: whole.ms,
      files: whole.files,
      kills: 0,
      writing: 0,
      completed: 0,
      seconds: 0,
      temporary: 0,
    },
    ...{ left: { old: 0, new: 0, mixed: 0, damaged: 0 }, damaged: 0, differing: [] },
  };
  const folder = folderOf(command);
  while (tally.kills < times) {
    copyFolder(earlier.folder, folder);
    for (let begun = false, over = false; !over;) {
      const moment = tally.kills < times ? drawMoment(random, whole) : undefined;
      const outcome = await run(
        (begun ? command.goOn ?? command.begin : command.begin)(inputs, folder, SEED),
        folder,
        moment,
      );
      if (/computed again/.test(outcome.stderr)) tally.damaged++;
      if (outcome.code === undefined) {
        tally.kills++;
        if (moment?.kind === "writing") tally.writing++;
        tally.temporary += temporaryIn(folder).length;
        tally.left[leftOf(resultsIn(folder, state), earlier.results, whole.results)]++;
        if (state !== undefined) {
          if (isWhole(`${folder}/${state}`) === false) tally.damaged++;
          begun = isNewer(folder, earlier.folder, state);
        }
        continue;
      }
      over = true;
      tally.completed++;
      if (outcome.code !== 0) tally.differing.push(`exit code ${outcome.code}: ${outcome.stderr.trim()}`);
      const found = withoutEarlier(everythingIn(folder), everythingIn(earlier.folder), whole.everything);
      tally.differing.push(...differing(found, whole.everything));
    }
  }
  return { ...tally, seconds: (performance.now() - started) / 1000 };
}

/** A run that nothing interrupts. */
async function undisturbed(command: KilledCommand, seed: number) {
  const place = folderOf(command), folder = `${place}-${seed}`;
  emptyFolder(place);
  const { code, stderr, ms, files } = await run(command.begin(inputs, place, seed), place);
  if (code !== 0) throw new Error(`${command.name} failed: ${stderr}`);
  copyFolder(place, folder);
  return { folder, ms, files, results: resultsIn(folder, command.state), everything: everythingIn(folder) };
}

/** A moment anywhere in a run, or at one of its files. */
function drawMoment(random: RandomSequence, { ms, files }: { ms: number; files: number }): Moment {
  if (random.uniform() < 0.5) return { kind: "time", ms: ms * random.uniform() };
  return {
    kind: "writing",
    file: 1 + Math.floor(files * random.uniform()),
    ms: Math.floor(WRITING_MS * random.uniform()),
  };
}

/** Whether a state is another than that of the earlier results. */
function isNewer(folder: string, earlier: string, state: string): boolean {
  return Deno.readFileSync(`${folder}/${state}`).toHex() !== Deno.readFileSync(`${earlier}/${state}`).toHex();
}

/** What is in a folder, without the finished tasks of the earlier run, which stay. */
function withoutEarlier(found: Results, earlier: Results, whole: Results): Results {
  return new Map(
    [...found].filter(([name]) => !name.startsWith("tasks/") || whole.has(name) || !earlier.has(name)),
  );
}

/** Where all runs of a command are: results say where they were to go. */
function folderOf({ name }: KilledCommand): string {
  return `${flags.out}/${name}`;
}

function emptyFolder(folder: string): void {
  Deno.mkdirSync(folder, { recursive: true });
  Deno.removeSync(folder, { recursive: true });
  Deno.mkdirSync(folder);
}

function copyFolder(from: string, to: string): void {
  emptyFolder(to);
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) copyFolder(`${from}/${name}`, `${to}/${name}`);
    else Deno.copyFileSync(`${from}/${name}`, `${to}/${name}`);
  }
}
