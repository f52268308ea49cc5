import type { Dataset, FileSet } from "@graphon-limit/data";
import { type FigureSpec, linePlot, saveFigure } from "@graphon-limit/figures";
import { formatNumber } from "@graphon-limit/study";
import type { TrainingRun } from "@graphon-limit/training";
import { formatTable } from "../terminal/table.ts";
import { provenance } from "./provenance.ts";
import type { Session } from "./session.ts";
import type { TrainingSettings } from "./training_flags.ts";

/** Losses shown to a reader. */
const SHOWN = 10;

/** The files that a run of training leaves. */
export interface ResultFiles {
  readonly out?: string;
  readonly save?: string;
  readonly figure?: string;
}

/** Adds what flags name to the files of the result: the figure, and all there is to know of the run. */
export async function writeResults(
  session: Session,
  flags: ResultFiles,
  files: FileSet,
  { result, settings, dataset, figure }: {
    result: object;
    settings: TrainingSettings;
    dataset: Dataset | undefined;
    figure?: () => FigureSpec;
  },
): Promise<void> {
  if (flags.figure !== undefined && figure) await saveFigure(flags.figure, figure(), files.write);
  if (flags.out === undefined) return;
  const whole = { ...result, notices: session.notices, settings, provenance: provenance(session, dataset) };
  files.write(flags.out, `${JSON.stringify(whole, undefined, 2)}\n`);
}

/** The losses by step, and those on held-out data. */
export function lossFigure({ losses, evaluations }: TrainingRun): FigureSpec {
  const series = [{ name: "training", x: losses.map((_, step) => step), y: losses }];
  if (evaluations.length > 0) {
    series.push({
      name: "held out",
      x: evaluations.map(({ step }) => step),
      y: evaluations.map(({ loss }) => loss),
    });
  }
  return linePlot({ series, xLabel: "step", yLabel: "loss", logY: true, points: false });
}

/** Some of the steps, the first and the last among them. */
export function lossTable(
  losses: readonly number[],
  titles: readonly string[],
  cells: (step: number) => readonly number[],
): string {
  const last = losses.length - 1, shown = Math.min(SHOWN, losses.length);
  const steps = Array.from({ length: shown }, (_, i) => Math.round(i * last / Math.max(shown - 1, 1)));
  return formatTable(
    ["step", ...titles].map((title) => ({ title, align: "right" as const })),
    steps.map((step) => [step, ...cells(step).map((value) => formatNumber(value))]),
  );
}

/** A line that says what is where. */
export function filesOf({ out, save, figure }: ResultFiles): string[] {
  const files = [
    out && `run in ${out}`,
    save && `weights and state in ${save}`,
    figure && `figure in ${figure}`,
  ];
  const named = files.filter((line) => line !== undefined);
  return named.length > 0 ? [named.join("; ")] : [];
}
