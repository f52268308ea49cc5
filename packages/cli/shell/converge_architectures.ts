import {
  architectureClaims,
  architectureDemand,
  type ArchitectureName,
  type ArchitectureQuestion,
  architectureRateTable,
  ARCHITECTURES,
  architectureTable,
  type Lab,
  runArchitectures,
  writeArchitectures,
} from "@graphon-limit/study";
import type { Dataset } from "@graphon-limit/data";
import { formatTable } from "../terminal/table.ts";
import { optional, withDefault } from "./flags.ts";
import { provenance } from "./provenance.ts";
import type { Session } from "./session.ts";
import { watchTasks } from "./study_lab.ts";
import { oneOf, refuse, UsageError, wholeNumber } from "./usage.ts";

/** Flags of networks that are not fully connected; widths are their channels, or the numbers of their tokens. */
export const ARCHITECTURE_FLAGS = {
  network: withDefault(
    "<kind>",
    `mlp, ${
      ARCHITECTURES.join(", ")
    }: --widths are a cnn's channels, those of a resnet's first stage, or the numbers of a vit's ` +
      "tokens; --hidden its convolutions, stages or blocks; all layers are measured",
    oneOf(["mlp", ...ARCHITECTURES] as const),
    "mlp",
  ),
  kernel: optional("<number>", "cnn: side of the kernels (default: 3)", wholeNumber(1)),
  patch: optional("<number>", "vit: side of a patch (default: 7)", wholeNumber(1)),
  headSize: optional("<number>", "vit: numbers of a token in a head (default: 16)", wholeNumber(1)),
  expansion: optional("<number>", "vit: how many times wider a token is inside (default: 4)", wholeNumber(1)),
};

interface OwnFlags {
  readonly network: ArchitectureName | "mlp";
  readonly kernel?: number;
  readonly patch?: number;
  readonly headSize?: number;
  readonly expansion?: number;
  readonly layer: number;
}

/** The layer that is looked at in networks of one kind of layer, unless told otherwise. */
export const USUAL_LAYER = 1;

/** Throws where a flag of one kind of network was given with another. */
export function assertArchitectureFlags(flags: OwnFlags): void {
  const { network } = flags;
  if (network !== "cnn") refuse(flags, ["kernel"], `--network ${network}`);
  if (network !== "vit") refuse(flags, ["patch", "headSize", "expansion"], `--network ${network}`);
  if (network === "mlp") return;
  if (flags.layer !== USUAL_LAYER) {
    throw new UsageError(
      `Expected --layer, all layers being looked at, only with --network mlp but found ${network}`,
    );
  }
}

/** The sizes that are the same at all widths. */
export function architectureSizes({ kernel = 3, patch = 7, headSize = 16, expansion = 4 }: OwnFlags) {
  return { kernel, patch, headSize, expansion };
}

/** Measures how masks of convolutions or of attention converge, and writes what was found. */
export async function convergeArchitectures(
  session: Session,
  lab: Lab,
  question: ArchitectureQuestion,
  { out, dataset, png = false }: {
    readonly out: string;
    readonly dataset: Dataset;
    readonly png?: boolean | undefined;
  },
): Promise<void> {
  // Before anything is computed: a width that does not fit is better known now.
  for (const width of [...question.widths, question.reference]) {
    for (const method of question.methods) {
      lab.storage(architectureDemand(lab, { ...question.network, ...method, width }));
    }
  }
  using watch = watchTasks(session);
  const result = await runArchitectures(lab, question, watch);
  const title = `Convergence of pruning masks, ${question.network.architecture}`;
  await writeArchitectures(out, result, title, provenance(session, dataset), png);
  const table = architectureTable(result), claims = architectureClaims(result);
  const rates = architectureRateTable(result);
  session.result(
    { rows: result.rows, streams: result.streams, rates: result.rates, claims, seconds: session.seconds },
    [
      formatTable(table.columns, table.rows),
      ...(rates.rows.length > 0 ? ["", formatTable(rates.columns, rates.rows)] : []),
      ...["", ...claims.map(({ claim, verdict, detail }) => `${verdict}: ${claim} (${detail})`)],
      `report in ${out}/report.html`,
    ].join("\n"),
  );
}
