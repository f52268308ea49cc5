import type { ClaimVerdict, Finding } from "@graphon-limit/study";
import { formatTable } from "../terminal/table.ts";

/** What the report of the paper's experiments is called. */
export const HEADING = {
  title: "The graphon limit hypothesis, reproduced",
  subtitle:
    "Pham, Ta, Jacobs, Burkholz, Tran-Thanh, NeurIPS 2025: figures, tables and claims, the paper's numbers " +
    "beside those of this run.",
};

/** What a program reads of findings. */
export function verdictsOf(
  findings: readonly Finding[],
): { readonly id: string; readonly verdicts: readonly ClaimVerdict[]; readonly seconds: number }[] {
  return findings.map(({ experiment: { id }, outcome: { verdicts }, seconds }) => ({
    id,
    verdicts,
    seconds,
  }));
}

/** One line for every verdict. */
export function verdictTable(findings: readonly Finding[]): string {
  const rows = findings.flatMap(({ experiment: { id }, outcome: { verdicts } }) =>
    verdicts.map(({ verdict, claim }) => [id, verdict, claim])
  );
  if (rows.length === 0) return "no claim is decided by these experiments";
  return formatTable([{ title: "" }, { title: "verdict" }, { title: "claim" }], rows);
}
