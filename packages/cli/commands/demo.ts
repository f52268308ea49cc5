import { loadDataset } from "@graphon-limit/data";
import { DEFAULT_GRID } from "@graphon-limit/graphon";
import {
  convergenceFindings,
  convergenceTable,
  dataRef,
  Laboratory,
  MemoryStore,
  runConvergence,
  writeConvergence,
} from "@graphon-limit/study";
import { defineCommand } from "../shell/command.ts";
import { text, withDefault } from "../shell/flags.ts";
import { prepareFolder } from "../shell/output.ts";
import { provenance } from "../shell/provenance.ts";
import { watchTasks } from "../shell/study_lab.ts";
import { formatTable } from "../terminal/table.ts";

/** Widths of the demonstration: as far as the plain CPU device goes in about a minute. */
const WIDTHS = [128, 256, 512];

/** The paper's methods. */
const METHODS = ["random", "magnitude", "snip", "grasp", "synflow"];

export const demo = defineCommand({
  name: "demo",
  summary: "The whole path at small widths on generated digits, a minute or so on two cores.",
  flags: { out: withDefault("<folder>", "folder for the report", text, "out/demo", { access: "write" }) },
  examples: ["demo"],
  async run(session, { out }) {
    using _folder = prepareFolder(out);
    const { seed } = session.flags;
    const dataset = await loadDataset("digits", { seed, count: 2000 });
    using lab = new Laboratory({
      ...{ device: session.device, signal: session.signal },
      store: new MemoryStore(),
      data: { ref: await dataRef(dataset), dataset },
    });
    using watch = watchTasks(session);
    const result = await runConvergence(lab, {
      network: {
        ...{ data: lab.data, seed, hidden: 3, sparsity: 0.8, samplesPerClass: 10, rounds: null },
        ...{ scope: "global", schedule: "exponential", initialiser: "he", activation: "relu" },
      },
      methods: METHODS.map((method) => ({ method })),
      widths: WIDTHS,
      reference: Math.max(...WIDTHS),
      ...{ layer: 1, trials: 2, limit: true, order: "finite", grid: DEFAULT_GRID },
    }, watch);
    await session.heed();
    await writeConvergence(
      out,
      result,
      "From wide networks to graphons: a demonstration",
      provenance(session, dataset),
    );
    const table = convergenceTable(result), findings = convergenceFindings(result);
    session.result(
      { rows: result.rows, findings, seconds: session.seconds },
      [
        formatTable(table.columns, table.rows),
        ...["", ...findings, `report in ${out}/report.html`],
      ].join("\n"),
    );
  },
});
