import type { FigureSpec } from "@graphon-limit/figures";
import type { ReportTable, ReportVerdict } from "../report/report.ts";
import type { Laboratory } from "./laboratory.ts";
import type { PaperGap } from "./paper_gaps.ts";
import type { Scale } from "./scale.ts";
import type { Unit } from "./unit.ts";

/** One of the paper's figures or tables: what has to be computed for it, and what the results say. */
export interface Experiment {
  /** `F1` … `F11`, `R1` … `R9`. */
  readonly id: string;
  readonly title: string;
  /** What is asked, in a sentence. */
  readonly question: string;
  /** Everything to compute, those first that others need. */
  readonly units: (scale: Scale) => Unit[];
  /** What the finished units say. */
  readonly evaluate: (lab: Laboratory, scale: Scale) => Promise<Outcome>;
}

/** A figure of an experiment; its file is `<experiment>-<name>.svg`. */
export interface ExperimentFigure {
  readonly name: string;
  readonly spec: FigureSpec;
  readonly caption: string;
}

/** One line of an experiment's numbers, for its CSV and JSON files. Every record of one experiment has the same fields. */
export type OutcomeRecord = Readonly<Record<string, string | number>>;

/** A verdict on one of the paper's seven claims. */
export interface ClaimVerdict extends ReportVerdict {
  /** 1 to 7. */
  readonly number: number;
  /** Under which of the choices that the paper does not state. */
  readonly choice: string;
}

export interface Outcome {
  /** What is to be known about how the experiment was done here, in paragraphs. */
  readonly text: string;
  /** Computed from the numbers and their spread. */
  readonly verdicts: readonly ClaimVerdict[];
  readonly figures: readonly ExperimentFigure[];
  readonly tables: readonly ReportTable[];
  readonly records: readonly OutcomeRecord[];
  /** How far the numbers are from the paper's, by choice, where the paper has some. */
  readonly gaps?: readonly PaperGap[];
}
