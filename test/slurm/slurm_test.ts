import assert from "node:assert/strict";
import { canStart } from "../../scripts/slurm/local_slurm.ts";
import { inFolder } from "../cli/run_cli.ts";
import type { Seen } from "./scenario.ts";

const there = canStart();
if (!there) {
  console.error(
    "Slurm is not here (Debian: slurm-wlm and munge, as root): sweeps were NOT tried on a real one",
  );
}

Deno.test({
  name:
    "slurm: a sweep of which workers are killed and put into the queue again is a serial run's, nothing done twice",
  ignore: !there,
  fn: () =>
    inFolder(async (folder) => {
      const played = await play(folder);
      if (played === undefined) return;
      const { shares, left, computed, found, ...seen } = played;
      assert.equal(shares, 4);
      // The killed ones left something undone, and the next run did that alone.
      assert.ok(left >= 5 + 5 && left < 200, `${left} of 200 done`);
      assert.deepEqual([found, computed], [left, 200 - left]);
      assert.deepEqual([seen.records, seen.changed, seen.different], [200, 0, 0]);
      assert.ok(seen.again >= seen.before && seen.before >= 5, `${seen.again} found of ${seen.before}`);
      assert.match(
        seen.refused,
        /^error: Expected no jobs of an earlier submission but found \d running and \d waiting/,
      );
      assert.ok(seen.waiting >= 1);
      const { done, missing, jobs } = seen.status;
      assert.deepEqual([done, missing, jobs.running], [200, 0, 0]);
    }),
});

/** The scenario's exit code where Slurm's daemons are here but do not run. */
const NOT_STARTED = 69;

/** Plays the scenario in a program of its own, which may start what a test may not; undefined where Slurm does not run here. */
async function play(folder: string): Promise<Seen | undefined> {
  const programs = ["deno", "/usr/sbin/munged", "/usr/sbin/slurmctld", "/usr/sbin/slurmd"];
  const asked = ["sinfo", "squeue", "scancel", "scontrol", "bash"];
  const { code, stdout, stderr } = await new Deno.Command("deno", {
    args: [
      ...["run", "-q", "--no-prompt", `--config=${Deno.realPathSync("deno.json")}`, "--allow-read"],
      ...[`--allow-write=${folder}`, "--allow-env", "--allow-net=127.0.0.1:0", "--allow-sys=hostname"],
      ...[`--allow-run=${[...programs, ...asked].join()}`, "test/slurm/scenario.ts", folder],
    ],
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = new TextDecoder().decode(stdout);
  const said = new TextDecoder().decode(stderr);
  if (code === NOT_STARTED) {
    console.error(`Slurm does not run here (${said.trim()}): sweeps were NOT tried on a real one`);
    return undefined;
  }
  assert.equal(code, 0, said);
  return JSON.parse(text.trim().split("\n").at(-1)!);
}
