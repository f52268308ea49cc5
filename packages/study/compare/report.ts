import { renderSvg } from "@graphon-limit/figures";
import type { Report, ReportFigure, ReportSection, ReportTable, TableCell } from "../report/report.ts";
import { kernelPlaces } from "../kernel_taps.ts";
import { type Comparison, labelled } from "./compare.ts";
import { compareFigures } from "./figures.ts";
import { findings } from "./words.ts";

/** The report of a comparison: what it comes to, then everything that says so. */
export async function compareReport(
  comparison: Comparison,
  provenance: Readonly<Record<string, string>>,
): Promise<Report> {
  const figures = new Map<string, ReportFigure>();
  for (const { id, spec, caption } of compareFigures(comparison)) {
    figures.set(id, { id, caption, svg: await renderSvg(spec, { theme: "adaptive" }) });
  }
  const shown = (...ids: string[]) =>
    [...figures].flatMap(([id, figure]) => ids.some((wanted) => id.startsWith(wanted)) ? [figure] : []);
  const sections: ReportSection[] = [
    {
      id: "findings",
      title: "What it comes to",
      text: findings(comparison).join("\n\n"),
      tables: [overview(comparison)],
    },
    { id: "layers", title: "What each mask keeps", tables: [layerTable(comparison)] },
    {
      id: "graphons",
      title: "Graphons",
      text:
        "Each layer's mask with its outputs and inputs in the order of how many weights they keep, averaged over cells: two " +
        "masks of one graphon look alike there, whichever weights they keep.",
      figures: shown("sorted-masks", "output-layer"),
    },
    ...kernelSection(comparison, shown("taps-", "kernel-sizes")),
    ...(figures.has("heads") ? [{ id: "attention", title: "Heads", figures: shown("heads") }] : []),
    { id: "degrees", title: "Degrees", figures: shown("degrees-inputs", "degrees-outputs") },
    ...distanceSection(comparison),
    ...(figures.has("eigenvalues")
      ? [{ id: "kernels", title: "Tangent kernels", figures: shown("eigenvalues") }]
      : []),
    ...(figures.has("losses") ? [{ id: "training", title: "Training", figures: shown("losses") }] : []),
  ];
  return {
    title: "Masks of one network",
    subtitle:
      `${
        comparison.masks.map(({ name }) => name).join(", ")
      }: what they keep, how far they are apart, and what the ` +
      "masked network computes.",
    provenance,
    sections,
  };
}

/** A line for each mask. */
export function overview(comparison: Comparison): ReportTable {
  const { masks, samples } = labelled(comparison);
  const withSignals = masks.some(({ kernel }) => kernel), trained = masks.some(({ training }) => training);
  const titles = [
    ...["kept", "density"],
    ...(withSignals ? ["loss", "accuracy", "kernel's trace", "top 5", "effective rank", "alignment"] : []),
    ...(trained ? ["loss after training", "accuracy after training"] : []),
  ];
  return {
    caption: withSignals
      ? `Each mask; loss and accuracy of the masked network as it stands; the tangent kernel of the sum of the ` +
        `outputs on ${samples} inputs, its trace, the share of its five largest eigenvalues, and its alignment with the labels.`
      : "Each mask.",
    columns: [{ title: "mask" }, ...titles.map((title) => ({ title, align: "right" as const }))],
    rows: masks.map(({ name, kept, density, loss = NaN, accuracy = NaN, kernel, training }): TableCell[] => [
      ...[name, kept, density],
      ...(withSignals
        ? [
          ...[loss, accuracy, kernel?.trace ?? NaN, kernel?.energy5 ?? NaN, kernel?.effectiveRank ?? NaN],
          kernel?.alignment ?? NaN,
        ]
        : []),
      ...(trained ? [training?.loss ?? NaN, training?.accuracy ?? NaN] : []),
    ]),
  };
}

function layerTable(comparison: Comparison): ReportTable {
  const { masks } = labelled(comparison);
  const names = masks.map(({ name }) => name);
  return {
    caption: "Share of weights kept in each layer; in brackets outputs and inputs that keep none.",
    columns: [
      { title: "layer" },
      { title: "shape" },
      ...names.map((title) => ({ title, align: "right" as const })),
    ],
    rows: masks[0].layers.map(({ name, shape }, layer): TableCell[] => [
      ...[name, shape.join("×")],
      ...masks.map(({ layers }) => {
        const { density, deadOutputs, deadInputs } = layers[layer];
        const dead = deadOutputs + deadInputs > 0 ? ` (${deadOutputs}, ${deadInputs})` : "";
        return `${density.toPrecision(4)}${dead}`;
      }),
    ]),
  };
}

/** What masks keep of kernels; nothing where there are none. */
function kernelSection(comparison: Comparison, figures: ReportFigure[]): ReportSection[] {
  const { masks } = labelled(comparison);
  const rows = masks[0].layers.flatMap(({ name, shape }, layer): TableCell[][] =>
    shape.length < 3 ? [] : masks.map((mask) => {
      const { densities, kernelSizes } = mask.layers[layer].sorted, places = kernelPlaces(shape);
      const corners = places?.corners.map((tap) => densities[tap]) ?? [];
      return [
        ...[name, mask.name],
        ...[
          places ? densities[places.centre] : NaN,
          corners.reduce((sum, density) => sum + density, 0) / corners.length,
          ...[kernelSizes[0], kernelSizes[kernelSizes.length - 1]],
        ].map((share) => Number.isFinite(share) ? share.toPrecision(3) : "—"),
      ];
    })
  );
  if (rows.length === 0) return [];
  return [{
    id: "taps",
    title: "Kernels",
    text: "All taps of a convolution are in one order, that of its channels over all taps.",
    figures,
    tables: [{
      caption:
        "Density of the centre tap, that of the corners, and the share of kernels that keep none and all of their taps.",
      columns: [
        ...["layer", "mask"].map((title) => ({ title })),
        ...["centre", "corners", "empty kernels", "whole kernels"].map((title) => ({
          title,
          align: "right" as const,
        })),
      ],
      rows,
    }],
  }];
}

function distanceSection(comparison: Comparison): ReportSection[] {
  const { masks, distances } = labelled(comparison);
  if (distances.length === 0) return [];
  const names = masks[0].layers.map(({ name }) => name);
  return [{
    id: "distances",
    title: "Distances",
    text:
      "The floor is what two masks of this shape would show if both came from one graphon, that between the two: a distance that " +
      "is no larger says nothing." +
      (masks[0].layers.some(({ shape }) => shape.length > 2)
        ? " Of a convolution cut norms are means over taps, and L2 the root of the mean square; its floors are of kernels drawn whole."
        : ""),
    tables: [{
      caption: "Cut norm (a cut that was found, and a bound), and L2, of sorted masks; floors by drawing.",
      columns: [
        { title: "masks" },
        { title: "layer" },
        ...["cut norm", "its floor", "L2", "its floor"].map((title) => ({ title, align: "right" as const })),
        { title: "" },
      ],
      rows: distances.map((pair): TableCell[] => [
        ...[`${pair.a}, ${pair.b}`, names[pair.layer]],
        `${pair.cutNormLow.toFixed(4)} to ${pair.cutNormHigh.toFixed(4)}`,
        pair.cutNormFloor.toFixed(4),
        pair.l2.toFixed(4),
        pair.noiseFloor.toFixed(4),
        pair.beyondNoise ? "differ" : "within noise",
      ]),
    }],
  }];
}
