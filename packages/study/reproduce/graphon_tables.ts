import { entriesPerCell, measureDistance } from "@graphon-limit/graphon";
import { percent } from "../kinds/network.ts";
import { methodLabel } from "../method_styles.ts";
import type { ReportTable } from "../report/report.ts";
import { estimate } from "../statistics/estimate.ts";
import { type Configuration, referenceOf } from "./configuration.ts";
import type { OutcomeRecord } from "./outcome_record.ts";
import type { Scale } from "./scale.ts";
import { initialiserTitle } from "./spectrum_choices.ts";

/** How far each configuration is from the largest width of its kind. */
export function distances(configurations: readonly Configuration[], grid: number) {
  return configurations.map((one) => {
    const reference = referenceOf(configurations, one);
    const [own, others] = [one, reference].map(({ width }) => entriesPerCell(width, width, grid));
    return { one, reference, ...measureDistance(one.masks.trials, reference.masks.trials, [own, others]) };
  });
}

/** A line of numbers for each configuration. */
export function records(configurations: readonly Configuration[], grid: number): OutcomeRecord[] {
  return distances(configurations, grid).map(({ one, reference, distance, noiseFloor, debiased }) => ({
    initialiser: one.initialiser,
    method: one.method,
    hidden: one.hidden,
    sparsity: one.sparsity,
    layer: one.layer,
    width: one.width,
    reference: reference.width,
    trials: one.masks.trials.count,
    distance,
    noiseFloor,
    debiased,
    density: one.masks.trials.mean.density,
    deadInputs: estimate(one.masks.deadInputs).mean,
    deadOutputs: estimate(one.masks.deadOutputs).mean,
  }));
}

/** What is shown, and how it is measured. */
export function setting(scale: Scale): string {
  return `Masks of hidden→hidden layers; rows and columns sorted by degree, cut into ${scale.grid}×${scale.grid} cells, ` +
    `averaged over ${scale.graphonTrials} trials. Each trial has its own network and its own 100 images; all methods prune ` +
    "the same networks. The noise floor is the distance that the trials' spread alone makes expected; verdicts on convergence " +
    "take it away (debiased distances), since the distance of random masks falls by sampling alone. What is left of theirs at " +
    "small widths is the shape that sorting by degree gives to any small mask.";
}

/** Distance (noise floor) by width; the paper's line above ours where there is one. */
export function distanceTable(
  configurations: readonly Configuration[],
  scale: Scale,
  paper?: Readonly<Record<string, Readonly<Record<number, number>>>>,
): ReportTable {
  const measured = distances(configurations, scale.grid);
  const widths = [...new Set(configurations.map(({ width }) => width))];
  const lines = new Map<string, typeof measured>();
  for (const entry of measured) {
    const { initialiser, method, hidden, sparsity, layer } = entry.one;
    const key = [initialiser, method, hidden, sparsity, layer].join(" ");
    lines.set(key, [...(lines.get(key) ?? []), entry]);
  }
  const reference = Math.max(...widths);
  const rows = [...lines.values()].flatMap((line) => {
    const { initialiser, method, hidden, sparsity, layer } = line[0].one;
    const name = [methodLabel(method), percent(sparsity), String(hidden + 1), String(layer)];
    const published = paper?.[method];
    return [
      ...(published
        ? [[...name, "the paper, to 10000", ...widths.map((width) => published[width]?.toFixed(2) ?? "—")]]
        : []),
      [
        ...name,
        `${initialiserTitle(initialiser)}, to ${reference}`,
        ...line.map(({ distance, noiseFloor, one }) =>
          one.width === reference ? "0" : `${distance.toFixed(2)} (${noiseFloor.toFixed(2)})`
        ),
      ],
    ];
  });
  return {
    caption: "Euclidean distance to the histogram of the largest width (noise floor).",
    columns: [
      { title: "method" },
      { title: "sparsity" },
      { title: "layers", align: "right" },
      { title: "mask", align: "right" },
      { title: "" },
      ...widths.map((width) => ({ title: String(width), align: "right" as const })),
    ],
    rows,
  };
}
