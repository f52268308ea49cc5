import { methodLabel } from "../figures/palette.ts";
import { linePlot, type PlotSeries } from "../figures/line_plot.ts";
import type { ReportTable } from "../report/report.ts";
import type { Experiment, ExperimentFigure, Outcome, OutcomeRecord } from "./experiment.ts";
import type { Laboratory, NetworkSpec } from "./laboratory.ts";
import { ENERGY_R2, ENERGY_R3, ENERGY_R9, LOG_EIGENVALUES_R7 } from "./paper.ts";
import type { Scale } from "./scale.ts";
import { concentrationVerdicts, magnitudeVerdicts, shapeVerdicts } from "./spectrum_claims.ts";
import {
  magnitudeShiftUnit,
  networkGraphonsUnit,
  percent,
  type ShiftResult,
  SPECTRUM_VARIANTS,
  type SpectrumResult,
  spectrumUnit,
  type SpectrumVariant,
} from "./spectrum_units.ts";
import { difference, type Estimate, estimate, lineThrough, withDeviation } from "./statistics.ts";
import type { Unit } from "./unit.ts";

/** How a variant is named in tables and figures. */
export const variantTitles: Readonly<Record<SpectrumVariant, string>> = {
  own: "own weights",
  fresh: "fresh weights",
  resampled: "resampled masks",
};

/** Which kernels an experiment looks at. */
interface Protocol {
  readonly methods: readonly string[];
  readonly sparsities: readonly number[];
  readonly width: number;
  readonly samples: number;
}

/** The spectra of a protocol: of each method, sparsity and variant those of all trials. */
export interface Spectra extends Protocol {
  readonly trials: number;
  of(method: string, sparsity: number, variant: SpectrumVariant): readonly SpectrumResult[];
}

const methodsF3 = ["random", "snip", "synflow"] as const;
const methodsR7 = ["random", "magnitude", "snip"] as const;

const protocols = {
  F3: (scale: Scale): Protocol => ({ ...scale, methods: methodsF3, sparsities: scale.kernelSparsities }),
  R2: (scale: Scale): Protocol => ({ ...scale, methods: methodsF3, sparsities: scale.kernelSparsities }),
  R3: (scale: Scale): Protocol => ({
    methods: methodsF3,
    sparsities: scale.kernelSparsities,
    width: scale.widthR3,
    samples: scale.samplesR3,
  }),
  R7: (scale: Scale): Protocol => ({ ...scale, methods: methodsR7, sparsities: [0.8] }),
  R9: (scale: Scale): Protocol => ({ ...scale, methods: methodsR7, sparsities: [0.8] }),
};

const setting = "The kernel is that of the sum of the outputs, in the standard parametrization; only kept " +
  "weights are parameters. Each trial has its own network, its own 100 images for the scores and its own inputs, the same " +
  "for every method and sparsity, so that differences are taken in pairs.\n\n" +
  "Three variants stand side by side: “own weights”, the masks with the weights that made them; “fresh weights”, the same " +
  "masks with weights drawn anew; “resampled masks”, masks sampled from the graphons estimated over the trials, with fresh " +
  "weights, which is the paper's protocol. Inputs and outputs are not exchangeable and keep their own rows and columns in " +
  "the estimated graphons; hidden neurons are sorted by degree.";

/** Networks and kernels that a protocol needs, in an order in which each network is pruned once. */
function unitsOf({ methods, sparsities, width, samples }: Protocol, scale: Scale): Unit[] {
  const units: Unit[] = [];
  for (const method of methods) {
    for (const sparsity of sparsities) {
      const resampled: Unit[] = [];
      for (let trial = 0; trial < scale.kernelTrials; trial++) {
        const network = networkSpec(method, sparsity, width, trial, scale);
        units.push(networkGraphonsUnit(network, scale.grid));
        for (const variant of SPECTRUM_VARIANTS) {
          const unit = spectrumUnit(network, spectrumSpec(variant, samples, scale));
          (variant === "resampled" ? resampled : units).push(unit);
        }
      }
      units.push(...resampled);
    }
  }
  return units;
}

function networkSpec(
  method: string,
  sparsity: number,
  width: number,
  trial: number,
  { hidden, initialiser }: Scale,
): NetworkSpec {
  return { method, width, hidden, sparsity, trial, initialiser, activation: "relu" };
}

function spectrumSpec(variant: SpectrumVariant, samples: number, { grid, kernelTrials }: Scale) {
  return { variant, samples, output: "sum", grid, graphonTrials: kernelTrials } as const;
}

async function collect(lab: Laboratory, protocol: Protocol, scale: Scale): Promise<Spectra> {
  const results = new Map<string, SpectrumResult[]>();
  const key = (...parts: (string | number)[]) => parts.join(" ");
  for (const method of protocol.methods) {
    for (const sparsity of protocol.sparsities) {
      for (const variant of SPECTRUM_VARIANTS) {
        const trials: SpectrumResult[] = [];
        for (let trial = 0; trial < scale.kernelTrials; trial++) {
          const network = networkSpec(method, sparsity, protocol.width, trial, scale);
          trials.push(await lab.get(spectrumUnit(network, spectrumSpec(variant, protocol.samples, scale))));
        }
        results.set(key(method, sparsity, variant), trials);
      }
    }
  }
  return { ...protocol, trials: scale.kernelTrials, of: (...names) => results.get(key(...names))! };
}

const metrics = {
  decayRate: "decay rate",
  effectiveRank: "effective rank",
  spectralGap: "spectral gap",
  energy5: "top-5 energy",
  energy10: "top-10 energy",
} as const;

type Metric = keyof typeof metrics;

function records(spectra: Spectra): OutcomeRecord[] {
  const { methods, sparsities, width, samples } = spectra;
  return methods.flatMap((method) =>
    sparsities.flatMap((sparsity) =>
      SPECTRUM_VARIANTS.flatMap((variant) =>
        spectra.of(method, sparsity, variant).map(({ eigenvalues, ...result }, trial) => ({
          method,
          sparsity,
          variant,
          width,
          samples,
          trial,
          ...result,
          ...Object.fromEntries(
            Array.from({ length: 10 }, (_, k) => [`eigenvalue${k + 1}`, eigenvalues[k] ?? NaN]),
          ),
        }))
      )
    )
  );
}

/** A metric against sparsity, a panel for each variant, a band of one deviation. */
function metricFigure(spectra: Spectra, metric: Metric): ExperimentFigure {
  const series = SPECTRUM_VARIANTS.flatMap((variant) =>
    spectra.methods.map((method): PlotSeries => {
      const estimates = spectra.sparsities.map((sparsity) =>
        metricOf(spectra, method, sparsity, variant, metric)
      );
      return {
        name: method,
        panel: variantTitles[variant],
        x: spectra.sparsities,
        ...lineThrough(estimates),
      };
    })
  );
  return {
    name: metric.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    spec: linePlot({
      series,
      xLabel: "sparsity",
      yLabel: metrics[metric],
      xFormat: ".0%",
      xTicks: spectra.sparsities,
      width: 250,
      height: 220,
    }),
    caption: `The ${
      metrics[metric]
    } against sparsity; bands are one deviation over ${spectra.trials} trials.`,
  };
}

function metricOf(
  spectra: Spectra,
  method: string,
  sparsity: number,
  variant: SpectrumVariant,
  metric: Metric,
): Estimate {
  return estimate(spectra.of(method, sparsity, variant).map((result) => result[metric]));
}

/** A metric's table: a line for each method and variant, the paper's line above them where it has one. */
function metricTable(
  spectra: Spectra,
  metric: Metric,
  digits: number,
  paper?: Readonly<Record<string, Readonly<Record<string, number>>>>,
): ReportTable {
  const rows = spectra.methods.flatMap((method) => [
    ...(paper
      ? [[
        methodLabel(method),
        "the paper",
        ...spectra.sparsities.map((sparsity) => paper[method]?.[String(sparsity)]?.toFixed(4) ?? "—"),
      ]]
      : []),
    ...SPECTRUM_VARIANTS.map((variant) => [
      methodLabel(method),
      variantTitles[variant],
      ...spectra.sparsities.map((sparsity) =>
        withDeviation(metricOf(spectra, method, sparsity, variant, metric), digits)
      ),
    ]),
  ]);
  const name = metrics[metric];
  return {
    caption:
      `${name[0].toUpperCase()}${name.slice(1)}, ${spectra.samples} samples × width ${spectra.width}: ` +
      `mean ± deviation over ${spectra.trials} trials.`,
    columns: [
      { title: "method" },
      { title: "kernel" },
      ...spectra.sparsities.map((sparsity) => ({ title: percent(sparsity), align: "right" as const })),
    ],
    rows,
  };
}

const spectrumF3: Experiment = {
  id: "F3",
  title: "Spectrum of the graphon tangent kernel",
  question:
    "How do decay rate, effective rank, spectral gap and top-5 energy of the kernel move with sparsity?",
  units: (scale) => unitsOf(protocols.F3(scale), scale),
  evaluate: async (lab, scale): Promise<Outcome> => {
    const spectra = await collect(lab, protocols.F3(scale), scale);
    const shown = ["decayRate", "effectiveRank", "spectralGap", "energy5"] as const;
    return {
      text: setting,
      verdicts: [...shapeVerdicts(spectra), ...concentrationVerdicts(spectra)],
      figures: shown.map((metric) => metricFigure(spectra, metric)),
      tables: (["decayRate", "effectiveRank", "spectralGap"] as const).map((metric) =>
        metricTable(spectra, metric, 3)
      ),
      records: records(spectra),
    };
  },
};

/** R2 and R3: the energies of one size of network. */
function energyExperiment(
  id: "R2" | "R3",
  title: string,
  paper: Readonly<Record<string, Readonly<Record<string, number>>>>,
): Experiment {
  return {
    id,
    title,
    question: "Does the energy of the five largest eigenvalues grow with sparsity, and for which methods?",
    units: (scale) => unitsOf(protocols[id](scale), scale),
    evaluate: async (lab, scale): Promise<Outcome> => {
      const spectra = await collect(lab, protocols[id](scale), scale);
      return {
        text: setting,
        verdicts: [...shapeVerdicts(spectra), ...concentrationVerdicts(spectra)],
        figures: [metricFigure(spectra, "energy5")],
        tables: [metricTable(spectra, "energy5", 4, paper)],
        records: records(spectra),
      };
    },
  };
}

const eigenvaluesR7: Experiment = {
  id: "R7",
  title: "The ten largest eigenvalues at 80 %",
  question: "Are the eigenvalues under magnitude pruning larger than under random pruning?",
  units: (scale) => [...unitsOf(protocols.R7(scale), scale), shiftUnit(protocols.R7(scale), scale)],
  evaluate: async (lab, scale): Promise<Outcome> => {
    const spectra = await collect(lab, protocols.R7(scale), scale);
    const [sparsity] = spectra.sparsities;
    const logs = (method: string, variant: SpectrumVariant, k: number) =>
      estimate(spectra.of(method, sparsity, variant).map(({ eigenvalues }) => Math.log(eigenvalues[k])));
    const count = Math.min(10, spectra.samples);
    const places = Array.from({ length: count }, (_, k) => k);
    const rows = spectra.methods.flatMap((method) => [
      [
        methodLabel(method),
        "the paper",
        ...places.map((k) => LOG_EIGENVALUES_R7[method]?.[k]?.toFixed(2) ?? "—"),
      ],
      ...SPECTRUM_VARIANTS.map((variant) => [
        methodLabel(method),
        variantTitles[variant],
        ...places.map((k) => logs(method, variant, k).mean.toFixed(2)),
      ]),
    ]);
    return {
      text: setting +
        "\n\nThe paper does not say in which parametrization, with which initialisation and of which output " +
        "its kernels are, so that a common offset of all its logarithms against ours means nothing; their differences do.",
      verdicts: magnitudeVerdicts(spectra),
      figures: [{
        name: "log-eigenvalues",
        spec: linePlot({
          series: SPECTRUM_VARIANTS.flatMap((variant) =>
            spectra.methods.map((method): PlotSeries => {
              const estimates = places.map((k) => logs(method, variant, k));
              return {
                name: method,
                panel: variantTitles[variant],
                x: places.map((k) => k + 1),
                ...lineThrough(estimates),
              };
            })
          ),
          xLabel: "eigenvalue",
          yLabel: "natural logarithm",
          width: 250,
          height: 220,
        }),
        caption: `Logarithms of the ten largest eigenvalues at ${
          percent(sparsity)
        }; bands are one deviation.`,
      }],
      tables: [{
        caption:
          `Natural logarithms of the largest eigenvalues at ${
            percent(sparsity)
          }, ${spectra.samples} samples × ` +
          `width ${spectra.width}, mean over ${spectra.trials} trials.`,
        columns: [
          { title: "method" },
          { title: "kernel" },
          ...places.map((k) => ({ title: String(k + 1), align: "right" as const })),
        ],
        rows,
      }, shiftTable(spectra, await lab.get(shiftUnit(protocols.R7(scale), scale)))],
      records: records(spectra),
    };
  },
};

function shiftUnit({ sparsities: [sparsity], width }: Protocol, scale: Scale) {
  return magnitudeShiftUnit(networkSpec("magnitude", sparsity, width, 0, scale));
}

/** How far magnitude's logarithms lie above random's: as the limit predicts, as measured, and the paper's. */
function shiftTable(spectra: Spectra, { shifts }: ShiftResult): ReportTable {
  const [sparsity] = spectra.sparsities, count = Math.min(10, spectra.samples);
  const places = Array.from({ length: count }, (_, k) => k);
  const measured = (variant: SpectrumVariant, k: number) => {
    const logs = (method: string) =>
      spectra.of(method, sparsity, variant).map(({ eigenvalues }) => Math.log(eigenvalues[k]));
    return difference(logs("magnitude"), logs("random")).mean.toFixed(2);
  };
  const { magnitude, random } = LOG_EIGENVALUES_R7;
  return {
    caption:
      `Logarithms under magnitude pruning less those under random pruning at ${
        percent(sparsity)
      }. The limit's ` +
      "prediction rests on the second moments of the weights that magnitude pruning keeps (weights redrawn: none).",
    columns: [{ title: "" }, ...places.map((k) => ({ title: String(k + 1), align: "right" as const }))],
    rows: [
      ["the paper", ...places.map((k) => (magnitude[k] - random[k]).toFixed(2))],
      ["predicted by the limit", ...places.map((k) => shifts[k].toFixed(2))],
      ...SPECTRUM_VARIANTS.map((
        variant,
      ) => [variantTitles[variant], ...places.map((k) => measured(variant, k))]),
    ],
  };
}

const energiesR9: Experiment = {
  id: "R9",
  title: "Energies at 80 %: magnitude against random and SNIP",
  question: "Is the energy concentration of magnitude pruning that of random pruning or that of SNIP?",
  units: (scale) => unitsOf(protocols.R9(scale), scale),
  evaluate: async (lab, scale): Promise<Outcome> => {
    const spectra = await collect(lab, protocols.R9(scale), scale);
    const [sparsity] = spectra.sparsities;
    const published = ([mean, deviation]: readonly [number, number]) =>
      `${mean.toFixed(4)} ± ${deviation.toFixed(4)}`;
    const rows = spectra.methods.flatMap((method) => [
      ...(ENERGY_R9[method]
        ? [[
          methodLabel(method),
          "the paper",
          published(ENERGY_R9[method].top5),
          published(ENERGY_R9[method].top10),
        ]]
        : []),
      ...SPECTRUM_VARIANTS.map((variant) => [
        methodLabel(method),
        variantTitles[variant],
        ...(["energy5", "energy10"] as const).map((metric) =>
          withDeviation(metricOf(spectra, method, sparsity, variant, metric), 4)
        ),
      ]),
    ]);
    return {
      text: setting,
      verdicts: magnitudeVerdicts(spectra),
      figures: [],
      tables: [{
        caption:
          `Energies at ${percent(sparsity)}, ${spectra.samples} samples × width ${spectra.width}: mean ± ` +
          `deviation over ${spectra.trials} trials.`,
        columns: [
          { title: "method" },
          { title: "kernel" },
          { title: "top 5", align: "right" },
          { title: "top 10", align: "right" },
        ],
        rows,
      }],
      records: records(spectra),
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
