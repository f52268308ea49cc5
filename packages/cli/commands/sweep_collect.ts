import { join } from "node:path";
import { FileSet } from "@graphon-limit/data";
import { InvalidArgumentError } from "@graphon-limit/runtime";
import {
  csv,
  formatDuration,
  gatherExperiments,
  gatherGrid,
  type Json,
  type Lab,
  type Plan,
  type Task,
  taskKey,
  writeFindings,
} from "@graphon-limit/study";
import { defineCommand } from "../shell/command.ts";
import { HEADING, verdictsOf, verdictTable } from "../shell/findings.ts";
import { required, text } from "../shell/flags.ts";
import { prepareFolder } from "../shell/output.ts";
import { provenance } from "../shell/provenance.ts";
import { IMAGES_FLAGS, openPlanLab, PLAN_WORDS, readPlan, STORE } from "../sweep/open_sweep.ts";

export const sweepCollect = defineCommand({
  name: "sweep collect",
  summary: "Put together what is done of a plan: the experiments' report, the grid's table.",
  words: PLAN_WORDS,
  flags: {
    store: STORE.read,
    out: required(
      "<folder>",
      "folder for report.html and the experiments' numbers, table.csv and table.json",
      text,
      {
        access: "write",
      },
    ),
    ...IMAGES_FLAGS,
  },
  note:
    "Nothing is computed. Experiments that are there in part rest on the trials there are, or are left out; either is said.",
  examples: ["sweep collect tasks.jsonl --store out/sweep --out out/report"],
  async run(session, flags, [path]) {
    const plan = await readPlan(path);
    using _folder = prepareFolder(flags.out);
    using lab = await openPlanLab(session, plan, flags.store, flags, session.signal);
    const done = await doneOf(lab, plan),
      isDone = (task: Task) => done.has(taskKey(task));
    if (done.size === 0) {
      throw new InvalidArgumentError(`${flags.store}: expected finished tasks of ${path} but found none`);
    }
    if (done.size < plan.tasks.length) session.notice(`${done.size} of ${plan.tasks.length} tasks are done`);
    const { findings, notices, seconds } = await gatherExperiments(lab, plan, isDone);
    for (const notice of notices) session.notice(notice);
    const rows = plan.grid ? await gatherGrid(lab, plan.grid, plan.scale, isDone) : [];
    await session.heed();
    const said: string[] = [];
    if (findings.length > 0) {
      const origin = {
        ...provenance(session, lab.dataset(lab.data)),
        "time of all tasks": formatDuration(seconds),
      };
      await writeFindings(flags.out, findings, { ...HEADING, provenance: origin });
      said.push(verdictTable(findings), `report in ${flags.out}/report.html`);
    }
    if (rows.length > 0) {
      using files = new FileSet();
      files.write(join(flags.out, "table.csv"), csv(rows));
      const table = { provenance: provenance(session), rows: rows as Json };
      files.write(join(flags.out, "table.json"), JSON.stringify(table, null, 2) + "\n");
      files.close();
      said.push(`${rows.length} rows in ${flags.out}/table.csv and table.json`);
    }
    const numbers = { tasks: plan.tasks.length, done: done.size, rows: rows.length };
    session.result(
      { ...numbers, experiments: verdictsOf(findings), seconds: session.seconds },
      said.join("\n") || "no experiment is complete enough to be evaluated",
    );
  },
});

/** The tasks of a plan whose records are there, and what they should be. */
async function doneOf(lab: Lab, { tasks }: Plan): Promise<Set<string>> {
  const done = new Set<string>();
  for (const { task } of tasks) {
    if (await lab.store.find(task)) done.add(taskKey(task));
  }
  return done;
}
