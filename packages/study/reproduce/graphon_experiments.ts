import type { Initialiser } from "@graphon-limit/model";
import { layerTrials, maskHistogram } from "../kinds/mask_histogram.ts";
import type { NetworkParams } from "../kinds/network.ts";
import { methodLabel } from "../method_styles.ts";
import type { Lab } from "../tasks/lab.ts";
import type { Task } from "../tasks/task.ts";
import type { Configuration } from "./configuration.ts";
import type { Experiment } from "./experiment.ts";
import { constantVerdicts, convergenceVerdicts, structureVerdicts } from "./graphon_claims.ts";
import { figureF4, figuresF1, layersFigure } from "./graphon_figures.ts";
import { distanceTable, records, setting } from "./graphon_tables.ts";
import { DISTANCES_R1 } from "./paper.ts";
import { type Scale, usualSparsity } from "./scale.ts";

/** Which masks an experiment looks at. */
interface Protocol {
  readonly initialisers: readonly Initialiser[];
  readonly methods: readonly string[];
  readonly widths: readonly number[];
  readonly hidden: readonly number[];
  readonly sparsities: readonly number[];
}

const gradedMethods = ["random", "snip", "grasp", "synflow"];
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
    return {
      text: setting(scale),
      verdicts: convergenceVerdicts(configurations),
      figures: [figureF4(configurations, scale)],
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
      return {
        text: setting(scale),
        verdicts: [],
        figures: methods.map((method) => layersFigure(method, configurations, scale)),
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
