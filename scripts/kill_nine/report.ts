import type { Left } from "./results.ts";

/** What came of a command that was killed many times. */
export interface Tally {
  readonly name: string;
  /** Milliseconds of a run that nothing interrupted, and the temporary files that it began. */
  readonly ms: number;
  readonly files: number;
  kills: number;
  /** Those of the kills that came where files were written. */
  writing: number;
  /** Runs that came to their end after some kills, and were compared. */
  completed: number;
  /** Temporary files there were after kills. */
  temporary: number;
  /** What kills left of results that were to replace older ones. */
  readonly left: Record<Left, number>;
  /** Files that were cut short or did not check, when they were looked at or gone on with. */
  damaged: number;
  /** Files that differ from those of the run that nothing interrupted; what failed. */
  readonly differing: string[];
  seconds: number;
}

/** One line for who waits. */
export function summaryOf({ name, kills, completed, differing, left, damaged, seconds }: Tally): string {
  const found = differing.length === 0 ? "none differs" : `differing: ${[...new Set(differing)].join(", ")}`;
  return `${name}: ${kills} kills, ${completed} runs compared, ${found}; ${left.mixed} mixed, ${
    left.damaged + damaged
  } damaged; ${seconds.toFixed(0)} s`;
}

/** The report, as it is kept in `docs/results/`. */
export function reportOf(tallies: readonly Tally[], seed: number): string {
  const sum = (numberOf: (tally: Tally) => number) =>
    tallies.reduce((total, tally) => total + numberOf(tally), 0);
  const rows = tallies.map((tally) => {
    const { name, ms, files, kills, writing, completed, temporary, left, damaged, differing } = tally;
    return [
      ...[name, `${(ms / 1000).toFixed(1)} s, ${files} files`, kills, writing],
      ...[left.old, left.new, left.mixed, left.damaged + damaged],
      ...[temporary, completed, completed === 0 ? "—" : differing.length],
    ];
  });
  const titles = ["command", "a whole run", "kills", "while writing", "all old", "all new", "mixed"];
  titles.push("damaged", "temporary files", "runs compared", "differing files");
  return `# Killed at random moments

\`scripts/kill_nine.ts\` starts a command, without the launcher, in a folder that has the results of an earlier run with another seed, kills it with
SIGKILL, goes on with what is left (\`train --resume\`; the same command otherwise), kills that, and so on until the run
comes to its end; then it begins anew, until there were as many kills as asked for. Half of the kills come at a moment drawn
from the time that a whole run takes, half within ${4} ms after one of its temporary files has come to be, drawn among all. Seed
${seed}, CPU device, ${navigator.hardwareConcurrency} processors, Deno ${Deno.version.deno}.

After each kill the results must be the earlier run's or the new one's, all of them: *mixed* is what a kill between two renames
leaves, *damaged* a file that is cut short or a finished task whose checksum fails. At the end of a run everything in its folder is
compared with that of a run that nothing interrupted, byte for byte but for times (wall times, the seconds of tasks) and for what
\`train --out\` notes of how it was gone on with (the command line, and that all steps were done where the kill came after the
last): weights, masks, optimiser's state, losses, tasks, tables, figures, reports; and no
temporary file may be left.

| ${titles.join(" | ")} |
| --- | --- | ${titles.slice(2).map(() => "---:").join(" | ")} |
${rows.map((row) => `| ${row.join(" | ")} |`).join("\n")}

${sum(({ kills }) => kills)} kills, ${sum(({ completed }) => completed)} runs compared, ${
    sum(({ differing }) => differing.length)
  } differing files.
`;
}
