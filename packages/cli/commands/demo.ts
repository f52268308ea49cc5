import { loadDataset } from "@graphon-limit/data";
import { DEFAULT_GRID } from "@graphon-limit/graphon";
import { PRUNERS } from "@graphon-limit/pruners";
import type { Command } from "commander";
import type { RegisterAction } from "../shell/main.ts";
import { prepareFolder } from "../shell/output.ts";
import { provenance } from "../shell/provenance.ts";
import { convergenceTable, runConvergence, writeConvergence } from "@graphon-limit/study";
import { formatTable } from "../terminal/table.ts";

/** Widths of the demonstration: as far as the plain CPU device goes in about a minute. */
const WIDTHS = [128, 256, 512];
const TRIALS = 2;

export function addDemo(program: Command, register: RegisterAction): void {
  const command = program.command("demo")
    .description("The whole path at small widths on generated digits, a minute or so on two cores.")
    .option("--out <folder>", "folder for the report", "out/demo")
    .addHelpText("after", "\nExample:\n  deno task demo");
  register<{ out: string }>(command, async (session, { out }) => {
    using _folder = prepareFolder(out);
    const dataset = await loadDataset("digits", { seed: session.flags.seed, count: 2000 });
    const pruners = Object.values(PRUNERS);
    using progress = session.progress(pruners.length * WIDTHS.length * (TRIALS + 1), "trials");
    const result = await runConvergence({
      device: session.device,
      pruners,
      widths: WIDTHS,
      reference: Math.max(...WIDTHS),
      hidden: 3,
      layer: 1,
      sparsity: 0.8,
      scope: "global",
      schedule: "exponential",
      trials: TRIALS,
      limit: true,
      grid: DEFAULT_GRID,
      initialiser: "he",
      activation: "relu",
      dataset,
      samplesPerClass: 10,
      seed: session.seed,
      onUnit: (done, _total, what) => progress.update(done, what),
    });
    progress.done();
    await writeConvergence(
      out,
      result,
      "From wide networks to graphons: a demonstration",
      provenance(session, "demo", dataset),
    );
    const table = convergenceTable(result);
    session.result(
      { rows: result.rows, seconds: session.seconds },
      `${formatTable(table.columns, table.rows)}\nreport in ${out}/report.html`,
    );
  });
}
