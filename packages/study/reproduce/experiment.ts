import type { FigureSpec } from "@graphon-limit/figures";
import type { ReportTable, ReportVerdict } from "../report/report.ts";
import type { Lab } from "../tasks/lab.ts";
import type { OutcomeRecord } from "./outcome_record.ts";
import type { PaperGap } from "./paper_gap.ts";
import type { Scale } from "./scale.ts";
import type { Task } from "../tasks/task.ts";

/** One of the paper's figures or tables: what has to be computed for it, and what the results say. */
export interface Experiment {
  /** `F1` … `F11`, `R1` … `R9`. */
  readonly id: string;
  readonly title: string;
  /** What is asked, in a sentence. */
  readonly question: string;
  /** Everything to compute, those first that others need. */
  readonly tasks: (scale: Scale) => Task[];
  /** What the finished tasks say. */
  readonly evaluate: (lab: Lab, scale: Scale) => Promise<Outcome>;
}

/** A figure of an experiment; its file is `<experiment>-<name>.svg`. */
export interface ExperimentFigure {
  readonly name: string;
  readonly spec: FigureSpec;
  readonly caption: string;
}

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
