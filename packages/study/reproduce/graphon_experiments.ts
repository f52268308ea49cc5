import { measureDistance } from "@graphon-limit/graphon";
import type { Initialiser } from "@graphon-limit/model";
import { convergencePlot, heatMapGrid, linePlot } from "@graphon-limit/figures";
import { methodLabel } from "../method_styles.ts";
import type { ReportTable } from "../report/report.ts";
import { initialiserTitle } from "./spectrum_choices.ts";
import type { Experiment, ExperimentFigure } from "./experiment.ts";
import type { OutcomeRecord } from "./outcome_record.ts";
import { constantVerdicts, convergenceVerdicts, structureVerdicts } from "./graphon_claims.ts";
import { layerTrials, maskHistogram } from "../kinds/mask_histogram.ts";
import { type Configuration, referenceOf } from "./configuration.ts";
import type { NetworkParams } from "../kinds/network.ts";
import type { Lab } from "../tasks/lab.ts";
import { DISTANCES_R1 } from "./paper.ts";
import type { Scale } from "./scale.ts";
import { percent } from "../kinds/network.ts";
import { estimate } from "../statistics/estimate.ts";
import type { Task } from "../tasks/task.ts";

/** Which masks an experiment looks at. */
interface Protocol {
  readonly initialisers: readonly Initialiser[];
  readonly methods: readonly string[];
  readonly widths: readonly number[];
  readonly hidden: readonly number[];
  readonly sparsities: readonly number[];
}

const gradedMethods = ["random", "snip", "grasp", "synflow"];
const eightyPercent = 0.8;

/** 80 % where it is among the sparsities, else the middle one. */
function usualSparsity({ graphonSparsities }: Scale): number {
  return graphonSparsities.includes(eightyPercent)
    ? eightyPercent
    : graphonSparsities[Math.floor(graphonSparsities.length / 2)];
}

const protocols = {
  F1: (scale: Scale): Protocol => ({
    initialisers: scale.initialisers,
    methods: ["random", "magnitude", "snip", "grasp", "synflow"],
    widths: scale.widths,
    hidden: [scale.graphonHidden[0]],
    sparsities: [usualSparsity(scale)],
  }),
  F4: (scale: Scale): Protocol => ({
    initialisers: [scale.initialiser],
    methods: gradedMethods,
    widths: scale.widths,
    hidden: scale.graphonHidden,
    sparsities: scale.graphonSparsities,
  }),
  R1: (scale: Scale): Protocol => ({
    initialisers: [scale.initialiser],
    methods: ["snip", "grasp", "synflow"],
    widths: scale.widthsR1,
    hidden: [scale.graphonHidden[0]],
    sparsities: [usualSparsity(scale)],
  }),
};

/** A protocol's networks but for their trials, by initialiser, sparsity, depth, method and width. */
function networksOf(
  { initialisers, methods, widths, hidden, sparsities }: Protocol,
  { common }: Scale,
): Omit<NetworkParams, "trial">[] {
  return initialisers.flatMap((initialiser) =>
    sparsities.flatMap((sparsity) =>
      hidden.flatMap((depth) =>
        methods.flatMap((method) =>
          widths.map((width) => ({ ...common, method, width, hidden: depth, sparsity, initialiser }))
        )
      )
    )
  );
}

function tasksOf(protocol: Protocol, scale: Scale): Task[] {
  const { graphonTrials, grid } = scale;
  return networksOf(protocol, scale).flatMap((network) =>
    Array.from({ length: graphonTrials }, (_, trial) => maskHistogram.task({ ...network, trial, grid }))
  );
}

/** The configurations of some layers of a protocol's networks. */
async function collect(
  lab: Lab,
  protocol: Protocol,
  scale: Scale,
  layersOf: (hidden: number) => readonly number[],
): Promise<Configuration[]> {
  const configurations: Configuration[] = [];
  const { graphonTrials, grid } = scale;
  for (const network of networksOf(protocol, scale)) {
    const { initialiser, method, width, hidden, sparsity } = network;
    for (const layer of layersOf(hidden)) {
      const masks = await layerTrials(lab, { ...network, grid }, layer, graphonTrials);
      configurations.push({ initialiser, method, width, hidden, sparsity, layer, masks });
    }
  }
  return configurations;
}

const firstLayer = () => [1];
const everyLayer = (hidden: number) => Array.from({ length: hidden - 1 }, (_, i) => i + 1);

function distances(configurations: readonly Configuration[], grid: number) {
  return configurations.map((one) => {
    const reference = referenceOf(configurations, one);
    const entries = [one.width ** 2 / grid ** 2, reference.width ** 2 / grid ** 2] as const;
    return { one, reference, ...measureDistance(one.masks.trials, reference.masks.trials, entries) };
  });
}

function records(configurations: readonly Configuration[], grid: number): OutcomeRecord[] {
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

function setting(scale: Scale): string {
  return `Masks of hidden→hidden layers; rows and columns sorted by degree, cut into ${scale.grid}×${scale.grid} cells, ` +
    `averaged over ${scale.graphonTrials} trials. Each trial has its own network and its own 100 images; all methods prune ` +
    "the same networks. The noise floor is the distance that the trials' spread alone makes expected; verdicts on convergence " +
    "take it away (debiased distances), since the distance of random masks falls by sampling alone. What is left of theirs at " +
    "small widths is the shape that sorting by degree gives to any small mask.";
}

/** Distance (noise floor) by width; the paper's line above ours where there is one. */
function distanceTable(
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

/** F1's figures of the networks of one initialiser. */
function figuresF1(
  initialiser: Initialiser,
  all: readonly Configuration[],
  scale: Scale,
): ExperimentFigure[] {
  const configurations = all.filter((one) => one.initialiser === initialiser);
  const measured = distances(configurations, scale.grid), start = initialiserTitle(initialiser);
  return [
    {
      name: `heat-maps-${initialiser}`,
      spec: heatMapGrid({
        cells: configurations.map(({ method, width, masks }) => ({
          row: method,
          column: `n = ${width}`,
          values: masks.trials.mean.values,
          size: scale.grid,
        })),
        xLabel: "inputs, by degree",
        yLabel: "outputs, by degree",
        rowTitle: "Method",
        columnTitle: "Width",
        cellWidth: 192,
      }),
      caption: `Average sorted masks of the first hidden→hidden layer at ${
        percent(usualSparsity(scale))
      }, networks initialised by ${start}.`,
    },
    {
      name: `convergence-${initialiser}`,
      spec: convergencePlot({
        series: [...new Set(configurations.map(({ method }) => method))].map((name) => ({
          name,
          points: measured
            .filter(({ one, reference }) => one.method === name && one.width !== reference.width)
            .map(({ one, distance, noiseFloor }) => ({ x: one.width, y: distance, floor: noiseFloor })),
        })),
        yLabel: `distance to n = ${Math.max(...scale.widths)}`,
      }),
      caption: `Distance to the largest width, networks initialised by ${start}; noise floors dashed.`,
    },
  ];
}

const graphonsF1: Experiment = {
  id: "F1",
  title: "Masks converge to graphons",
  question: "Do the masks of each pruning method converge to a graphon of its own as the width grows?",
  tasks: (scale) => tasksOf(protocols.F1(scale), scale),
  evaluate: async (lab, scale) => {
    const configurations = await collect(lab, protocols.F1(scale), scale, firstLayer);
    return {
      text: setting(scale),
      verdicts: [
        ...constantVerdicts(configurations),
        ...convergenceVerdicts(configurations),
        ...structureVerdicts(configurations),
      ],
      figures: scale.initialisers.flatMap((initialiser) => figuresF1(initialiser, configurations, scale)),
      tables: [distanceTable(configurations, scale)],
      records: records(configurations, scale.grid),
    };
  },
};

const convergenceF4: Experiment = {
  id: "F4",
  title: "Convergence by sparsity and depth",
  question: "Does the convergence depend on sparsity or on the number of layers?",
  tasks: (scale) => tasksOf(protocols.F4(scale), scale),
  evaluate: async (lab, scale) => {
    const configurations = await collect(lab, protocols.F4(scale), scale, firstLayer);
    const measured = distances(configurations, scale.grid);
    const lines = new Map<string, { x: number[]; y: number[] }>();
    for (const { one, reference, distance } of measured) {
      if (one.width === reference.width) continue;
      const key = JSON.stringify([one.method, `${one.hidden + 1} layers`, percent(one.sparsity)]);
      const line = lines.get(key) ?? { x: [], y: [] };
      line.x.push(one.width);
      line.y.push(distance);
      lines.set(key, line);
    }
    return {
      text: setting(scale),
      verdicts: convergenceVerdicts(configurations),
      figures: [{
        name: "convergence",
        spec: linePlot({
          series: [...lines].map(([key, line]) => {
            const [name, variant, panel] = JSON.parse(key);
            return { name, variant, panel, ...line };
          }),
          xLabel: "width",
          yLabel: `distance to n = ${Math.max(...scale.widths)}`,
          xTicks: scale.widths.slice(0, -1),
          logX: true,
          logY: true,
          width: 260,
          height: 220,
        }),
        caption: "Distance to the largest width, a panel for each sparsity, depths by dashes.",
      }],
      tables: [distanceTable(configurations, scale)],
      records: records(configurations, scale.grid),
    };
  },
};

const convergenceR1: Experiment = {
  id: "R1",
  title: "Convergence with a larger reference",
  question: "How far are the masks from those of the largest width there is?",
  tasks: (scale) => tasksOf(protocols.R1(scale), scale),
  evaluate: async (lab, scale) => {
    const configurations = await collect(lab, protocols.R1(scale), scale, firstLayer);
    return {
      text: setting(scale) +
        "\n\nA distance to a larger reference is no smaller for that: the reference of the paper is " +
        "10,000, that of this run is the largest width in the table.",
      verdicts: convergenceVerdicts(configurations),
      figures: [],
      tables: [distanceTable(configurations, scale, DISTANCES_R1)],
      records: records(configurations, scale.grid),
    };
  },
};

/** Heat maps of the largest width, large enough to read: a row for each hidden→hidden layer, a column for each sparsity. */
function heatMapExperiment(id: string, methods: readonly string[], depthIndex: number): Experiment {
  const names = methods.map(methodLabel).join(", ");
  const protocol = (scale: Scale): Protocol => ({
    initialisers: [scale.initialiser],
    methods,
    widths: [scale.widths[scale.widths.length - 1]],
    hidden: [scale.graphonHidden[Math.min(depthIndex, scale.graphonHidden.length - 1)]],
    sparsities: scale.graphonSparsities,
  });
  return {
    id,
    title: `Graphons of ${names}, layer by layer`,
    question: "How does the graphon change with sparsity and from layer to layer?",
    tasks: (scale) => tasksOf(protocol(scale), scale),
    evaluate: async (lab, scale) => {
      const configurations = await collect(lab, protocol(scale), scale, everyLayer);
      const figures = methods.map((method): ExperimentFigure => ({
        name: `heat-maps-${method}`,
        spec: heatMapGrid({
          cells: configurations.filter((one) => one.method === method).map(({ layer, sparsity, masks }) => ({
            row: `${layer} → ${layer + 1}`,
            column: percent(sparsity),
            values: masks.trials.mean.values,
            size: scale.grid,
          })),
          xLabel: "inputs, by degree",
          yLabel: "outputs, by degree",
          rowTitle: "Hidden layers",
          columnTitle: "Sparsity",
          cellWidth: 256,
        }),
        caption: `${methodLabel(method)}, n = ${
          configurations[0].width
        }: hidden→hidden layers down, sparsities across.`,
      }));
      return {
        text: setting(scale),
        verdicts: [],
        figures,
        tables: [],
        records: records(configurations, scale.grid),
      };
    },
  };
}

/** The experiments on graphons. */
export const GRAPHON_EXPERIMENTS: readonly Experiment[] = [
  graphonsF1,
  convergenceF4,
  heatMapExperiment("F5", ["random"], 0),
  heatMapExperiment("F6", ["snip"], 0),
  heatMapExperiment("F7", ["grasp"], 0),
  heatMapExperiment("F8", ["synflow"], 0),
  heatMapExperiment("F9", ["random", "snip", "grasp", "synflow"], 1),
  heatMapExperiment("F10", ["magnitude"], 0),
  convergenceR1,
];
