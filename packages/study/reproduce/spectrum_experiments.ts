import { methodLabel } from "../method_styles.ts";
import type { Experiment, Outcome } from "./experiment.ts";
import { eigenvalueGaps, energyGaps } from "./paper_gaps.ts";
import { ENERGY_R2, ENERGY_R3, ENERGY_R9 } from "./paper.ts";
import type { Scale } from "./scale.ts";
import { collectSpectra, type SpectrumProtocol, spectrumRecords, spectrumTasks } from "./spectra.ts";
import { choiceTitle, KERNEL_CHOICES } from "./spectrum_choices.ts";
import { concentrationVerdicts, magnitudeVerdicts, shapeVerdicts } from "./spectrum_claims.ts";
import {
  eigenvalueFigure,
  eigenvalueTable,
  metricFigure,
  metricOf,
  metricTable,
  shiftTable,
} from "./spectrum_tables.ts";
import { magnitudeShift } from "../kinds/magnitude_shift.ts";
import { percent } from "../kinds/network.ts";
import { withDeviation } from "../statistics/estimate.ts";

const methodsF3 = ["random", "snip", "synflow"] as const;
const methodsR7 = ["random", "magnitude", "snip"] as const;

const protocols = {
  F3: (scale: Scale): SpectrumProtocol => ({
    ...scale,
    methods: methodsF3,
    sparsities: scale.kernelSparsities,
  }),
  R3: (scale: Scale): SpectrumProtocol => ({
    methods: methodsF3,
    sparsities: scale.kernelSparsities,
    width: scale.widthR3,
    samples: scale.samplesR3,
  }),
  R7: (scale: Scale): SpectrumProtocol => ({ ...scale, methods: methodsR7, sparsities: [0.8] }),
};

function setting({ side }: Scale): string {
  return "The kernel is that of the sum of the outputs, in the standard parametrization; only kept weights are " +
    "parameters. Each trial has its own network, its own 100 images for the scores and its own inputs, the same for every " +
    "method, sparsity and choice, so that differences are taken in pairs.\n\n" +
    "The paper does not say how its networks were initialised, nor how weights were drawn under masks, so the choices stand " +
    "side by side. First how the networks that made the masks were initialised: by He or by PyTorch's default. Then what " +
    "the kernel is of: “own weights”, the masks with the weights that made them; “fresh”, the same masks with weights " +
    "drawn anew, by the initialiser named or with a variance that follows each neuron's kept inputs (“fan-in”, 2/d in " +
    "place of 2/n); “drawn”, masks drawn from the graphons estimated over the trials, with fresh weights, which is the " +
    "paper's protocol. “By layer” sorts each layer's mask by itself, so that a hidden neuron's place among its layer's " +
    `outputs and among the next layer's inputs need not be the same neuron's; “by axis” keeps one order per hidden axis, ${side} ` +
    `intervals of the degree in, each with ${side} of the degree out. Inputs and outputs are not exchangeable and keep their own ` +
    "rows and columns.";
}

const spectrumF3: Experiment = {
  id: "F3",
  title: "Spectrum of the graphon tangent kernel",
  question:
    "How do decay rate, effective rank, spectral gap and top-5 energy of the kernel move with sparsity?",
  tasks: (scale) => spectrumTasks(protocols.F3(scale), scale),
  evaluate: async (lab, scale): Promise<Outcome> => {
    const spectra = await collectSpectra(lab, protocols.F3(scale), scale);
    const shown = ["decayRate", "effectiveRank", "spectralGap", "energy5"] as const;
    return {
      text: setting(scale),
      verdicts: [...shapeVerdicts(spectra), ...concentrationVerdicts(spectra)],
      figures: shown.map((metric) => metricFigure(spectra, metric)),
      tables: (["decayRate", "effectiveRank", "spectralGap"] as const).map((metric) =>
        metricTable(spectra, metric, 3)
      ),
      records: spectrumRecords(spectra),
    };
  },
};

/** R2 and R3: the energies of one size of network. */
function energyExperiment(
  id: "R2" | "R3",
  title: string,
  paper: Readonly<Record<string, Readonly<Record<string, number>>>>,
): Experiment {
  const protocol = protocols[id === "R2" ? "F3" : id];
  return {
    id,
    title,
    question: "Does the energy of the five largest eigenvalues grow with sparsity, and for which methods?",
    tasks: (scale) => spectrumTasks(protocol(scale), scale),
    evaluate: async (lab, scale): Promise<Outcome> => {
      const spectra = await collectSpectra(lab, protocol(scale), scale);
      return {
        text: setting(scale),
        verdicts: [...shapeVerdicts(spectra), ...concentrationVerdicts(spectra)],
        figures: [metricFigure(spectra, "energy5")],
        tables: [metricTable(spectra, "energy5", 4, paper)],
        records: spectrumRecords(spectra),
        gaps: energyGaps(id, spectra, paper),
      };
    },
  };
}

/** The limit's predictions for R7, one for each initialiser. */
function shiftTasks(scale: Scale) {
  const { sparsities: [sparsity], width } = protocols.R7(scale), { hidden } = scale;
  const { data, seed, activation } = scale.common;
  return [...new Set(KERNEL_CHOICES.map(({ initialiser }) => initialiser))].map((initialiser) => ({
    initialiser,
    task: magnitudeShift.task({ data, seed, width, hidden, sparsity, initialiser, activation }),
  }));
}

const eigenvaluesR7: Experiment = {
  id: "R7",
  title: "The ten largest eigenvalues at 80 %",
  question: "Are the eigenvalues under magnitude pruning larger than under random pruning?",
  tasks: (
    scale,
  ) => [...spectrumTasks(protocols.R7(scale), scale), ...shiftTasks(scale).map(({ task }) => task)],
  evaluate: async (lab, scale): Promise<Outcome> => {
    const spectra = await collectSpectra(lab, protocols.R7(scale), scale);
    const predicted = [];
    for (const { initialiser, task } of shiftTasks(scale)) {
      predicted.push({ initialiser, result: await lab.get(task) });
    }
    return {
      text: setting(scale) +
        "\n\nThe paper does not say in which parametrization and of which output its kernels are, so that a common offset " +
        "of all its logarithms against ours means nothing; their differences do.",
      verdicts: magnitudeVerdicts(spectra),
      figures: [eigenvalueFigure(spectra)],
      tables: [
        eigenvalueTable(spectra),
        shiftTable(spectra, "magnitude", predicted),
        shiftTable(spectra, "snip", []),
      ],
      records: spectrumRecords(spectra),
      gaps: eigenvalueGaps(spectra),
    };
  },
};

const energiesR9: Experiment = {
  id: "R9",
  title: "Energies at 80 %: magnitude against random and SNIP",
  question: "Is the energy concentration of magnitude pruning that of random pruning or that of SNIP?",
  tasks: (scale) => spectrumTasks(protocols.R7(scale), scale),
  evaluate: async (lab, scale): Promise<Outcome> => {
    const spectra = await collectSpectra(lab, protocols.R7(scale), scale);
    const [sparsity] = spectra.sparsities;
    const published = ([mean, deviation]: readonly [number, number]) =>
      `${mean.toFixed(4)} ± ${deviation.toFixed(4)}`;
    const rows = spectra.methods.flatMap((method) => {
      const { top5, top10 } = ENERGY_R9[method];
      return [
        [methodLabel(method), "the paper", published(top5), published(top10)],
        ...spectra.choices.map((choice) => [
          methodLabel(method),
          choiceTitle(choice),
          ...(["energy5", "energy10"] as const).map((metric) =>
            withDeviation(metricOf(spectra, method, sparsity, choice, metric), 4)
          ),
        ]),
      ];
    });
    return {
      text: setting(scale),
      verdicts: magnitudeVerdicts(spectra),
      figures: [],
      tables: [{
        caption:
          `Energies at ${percent(sparsity)}, ${spectra.samples} samples × width ${spectra.width}: mean ± ` +
          `deviation over ${spectra.trials} trials.`,
        columns: [
          { title: "method" },
          { title: "masks of · kernel of" },
          { title: "top 5", align: "right" },
          { title: "top 10", align: "right" },
        ],
        rows,
      }],
      records: spectrumRecords(spectra),
    };
  },
};

/** The experiments on spectra of tangent kernels. */
export const SPECTRUM_EXPERIMENTS: readonly Experiment[] = [
  spectrumF3,
  energyExperiment("R2", "Top-5 energy of the kernel", ENERGY_R2),
  energyExperiment("R3", "Top-5 energy, larger networks and fewer samples", ENERGY_R3),
  eigenvaluesR7,
  energiesR9,
];
