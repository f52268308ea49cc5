import { seriesLabel } from "@graphon-limit/figures";
import { formatNumber } from "../report/format.ts";
import type { ReportVerdict } from "../report/report.ts";
import { type Estimate, estimate } from "../statistics/estimate.ts";
import type { ArchitectureResult, ArchitectureRow } from "./architectures.ts";

/** What was predicted of masks of convolutions and of attention, and what the widest networks say. Nothing was of random masks. */
export function architectureClaims(result: ArchitectureResult): ReportVerdict[] {
  const methods = [...new Set(result.rows.map(({ method }) => method))].filter((method) =>
    method !== "random"
  );
  return methods.flatMap((method) => {
    const rows = result.rows.filter((row) => row.method === method && row.width === result.reference);
    return [...centreClaims(rows), ...matchClaims(rows)];
  });
}

function decided({ mean, margin }: Estimate): ReportVerdict["verdict"] {
  if (!(Math.abs(mean) > margin)) return "not decided";
  return mean > 0 ? "holds" : "does not hold";
}

function shown({ mean, margin }: Estimate): string {
  const number = formatNumber(mean, 3);
  return Number.isFinite(margin) ? `${number} ± ${formatNumber(margin, 2)}` : `${number}, of one trial`;
}

/** Centre taps are kept more than corners, since border positions drop out of the others' sums. */
function centreClaims(rows: readonly ArchitectureRow[]): ReportVerdict[] {
  return rows.flatMap(({ method, name, centreGap, density }): ReportVerdict[] =>
    centreGap
      ? [{
        claim: `${seriesLabel(method)}: ${name} keeps its centre tap more than its corners`,
        verdict: decided(centreGap),
        detail: `their densities differ by ${shown(centreGap)}, where the layer's is ${shown(density)}`,
      }]
      : []
  );
}

/** Queries and keys are pruned harder than values and what mixes them; by SynFlow, less. */
function matchClaims(rows: readonly ArchitectureRow[]): ReportVerdict[] {
  const [{ method, trials }] = rows;
  const densities = (ending: RegExp) => {
    const parts = rows.filter(({ name }) => ending.test(name));
    return Array.from(
      { length: trials },
      (_, trial) => estimate(parts.map((row) => row.densities[trial])).mean,
    );
  };
  if (!rows.some(({ name }) => /\.q\.weight$/.test(name))) return [];
  const matched = densities(/\.[qk]\.weight$/), mixed = densities(/\.[vo]\.weight$/);
  const turned = method === "synflow";
  const gap = estimate(mixed.map((density, trial) => (turned ? -1 : 1) * (density - matched[trial])));
  const [harder, less] = turned
    ? ["values and outputs", "queries and keys"]
    : ["queries and keys", "values and outputs"];
  return [{
    claim: `${seriesLabel(method)} prunes ${harder} harder than ${less}`,
    verdict: decided(gap),
    detail: `queries and keys keep ${shown(estimate(matched))}, values and outputs ${
      shown(estimate(mixed))
    }; the difference is ${shown(gap)}`,
  }];
}
