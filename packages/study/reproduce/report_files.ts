import { FileSet } from "@graphon-limit/data";
import { join } from "node:path";
import { renderSvg } from "@graphon-limit/figures";
import { csv } from "../report/csv.ts";
import { renderReport } from "../report/html.ts";
import { renderMarkdown } from "../report/markdown.ts";
import type { Report, ReportFigure, ReportSection } from "../report/report.ts";
import { formatDuration } from "../report/duration.ts";
import type { ExperimentFigure } from "./experiment.ts";
import type { Finding } from "./findings.ts";
import { summarySections } from "./summary.ts";

/** What a report says of itself. */
export interface ReportHeading {
  readonly title: string;
  readonly subtitle: string;
  readonly provenance: Readonly<Record<string, string>>;
}

/**
 * Writes findings into a folder: `report.html` (one self-contained file), `report.md` with its figures in `figures/`, and
 * each experiment's numbers as `<id>.json` and `<id>.csv`. All of them or, where one cannot be written, none.
 */
export async function writeFindings(
  folder: string,
  findings: readonly Finding[],
  heading: ReportHeading,
): Promise<void> {
  using files = new FileSet();
  const figureFiles: Record<string, string> = {};
  const pages: ReportSection[] = [], texts: ReportSection[] = [];
  for (const finding of findings) {
    const { experiment, outcome } = finding;
    const onPage: ReportFigure[] = [], inText: ReportFigure[] = [];
    for (const figure of outcome.figures) {
      const id = figureId(experiment.id, figure);
      const svg = await renderSvg(figure.spec);
      figureFiles[id] = `figures/${id}.svg`;
      files.write(join(folder, figureFiles[id]), svg);
      inText.push({ id, svg, caption: figure.caption });
      onPage.push({ id, svg: await renderSvg(figure.spec, { theme: "adaptive" }), caption: figure.caption });
    }
    pages.push(section(finding, onPage));
    texts.push(section(finding, inText));
    const { records, verdicts } = outcome;
    const { gaps = [] } = outcome;
    const json = { experiment: experiment.id, provenance: heading.provenance, verdicts, gaps, records };
    files.write(join(folder, `${experiment.id}.json`), JSON.stringify(json, null, 2) + "\n");
    files.write(join(folder, `${experiment.id}.csv`), csv(records));
  }
  const opening = summarySections(findings);
  const report = (sections: ReportSection[]): Report => ({ ...heading, sections: [...opening, ...sections] });
  files.write(join(folder, "report.md"), renderMarkdown(report(texts), figureFiles));
  files.write(join(folder, "report.html"), renderReport(report(pages)));
  files.close();
}

function figureId(experiment: string, { name }: ExperimentFigure): string {
  return `${experiment.toLowerCase()}-${name}`;
}

function section({ experiment, outcome, seconds, tasks }: Finding, figures: ReportFigure[]): ReportSection {
  return {
    id: experiment.id.toLowerCase(),
    title: `${experiment.id} · ${experiment.title}`,
    text: `${experiment.question}\n\n${outcome.text}\n\n` +
      `${tasks} ${tasks === 1 ? "task" : "tasks"}, ${formatDuration(seconds)}.`,
    verdicts: outcome.verdicts,
    figures,
    tables: outcome.tables,
  };
}
