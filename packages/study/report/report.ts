/** A figure of a report. */
export interface ReportFigure {
  /** Unique in the report; `renderMarkdown` finds the figure's file by it. Default: `figure-` and its number. */
  readonly id?: string;
  /** The figure itself, as SVG; in the adaptive theme it follows the page's. */
  readonly svg: string;
  readonly caption: string;
  /** What the figure shows, for those who cannot see it. Default: the SVG's own label, else the caption. */
  readonly alt?: string;
}

/** A column of a table. */
export interface TableColumn {
  readonly title: string;
  /** Default: right where all its cells are numbers, else left. */
  readonly align?: "left" | "right" | "center";
  /** Significant digits of the column's numbers. Default 4. */
  readonly digits?: number;
}

/** A table's cell: text as it is, numbers formatted by their column. */
export type TableCell = string | number;

/** A table of a report. The first column names the rows. */
export interface ReportTable {
  readonly caption: string;
  readonly columns: readonly TableColumn[];
  readonly rows: readonly (readonly TableCell[])[];
}

/** Whether something that was claimed is so in this run. */
export interface ReportVerdict {
  readonly claim: string;
  readonly verdict: "holds" | "does not hold" | "not decided";
  /** The numbers that say so. */
  readonly detail: string;
}

/** A section of a report; its parts appear in the order of these fields, verdicts first. */
export interface ReportSection {
  /** Letters, digits, `-` and `_`; unique in the report; the section's anchor. */
  readonly id: string;
  readonly title: string;
  /** Paragraphs of plain text, separated by blank lines. */
  readonly text?: string;
  readonly verdicts?: readonly ReportVerdict[];
  readonly figures?: readonly ReportFigure[];
  readonly tables?: readonly ReportTable[];
}

/** Results with everything one needs to know where they come from. */
export interface Report {
  readonly title: string;
  readonly subtitle?: string;
  /** What was run, on what, from what: name and value, in the order to print. */
  readonly provenance: Readonly<Record<string, string>>;
  readonly sections: readonly ReportSection[];
}
