import type { Laboratory, NetworkSpec } from "./laboratory.ts";
import type { Scale } from "./scale.ts";
import { KERNEL_CHOICES, type KernelChoice } from "./spectrum_choices.ts";
import {
  networkGraphonsUnit,
  type NetworkLayout,
  type SpectrumResult,
  type SpectrumSpec,
  spectrumUnit,
} from "./spectrum_units.ts";
import type { OutcomeRecord } from "./experiment.ts";
import type { Unit } from "./unit.ts";

/** Which kernels an experiment looks at. */
export interface SpectrumProtocol {
  readonly methods: readonly string[];
  readonly sparsities: readonly number[];
  readonly width: number;
  readonly samples: number;
}

/** The spectra of a protocol: of each method, sparsity and choice those of all trials. */
export interface Spectra extends SpectrumProtocol {
  readonly trials: number;
  readonly choices: readonly KernelChoice[];
  of(method: string, sparsity: number, choice: KernelChoice): readonly SpectrumResult[];
}

/** Networks and kernels that a protocol needs, in an order in which each network is pruned once. */
export function spectrumUnits(protocol: SpectrumProtocol, scale: Scale): Unit[] {
  const { methods, sparsities, width, samples } = protocol;
  const units: Unit[] = [];
  for (const method of methods) {
    for (const sparsity of sparsities) {
      const drawn: Unit[] = [];
      for (const initialiser of new Set(KERNEL_CHOICES.map((choice) => choice.initialiser))) {
        const choices = KERNEL_CHOICES.filter((choice) => choice.initialiser === initialiser);
        const orders = new Set(choices.map(({ masks }) => masks));
        for (let trial = 0; trial < scale.kernelTrials; trial++) {
          const network = networkOf(method, sparsity, width, trial, choices[0], scale);
          for (const layout of layoutsOf(scale)) {
            if (orders.has(layout.order)) units.push(networkGraphonsUnit(network, layout));
          }
          for (const choice of choices) {
            const unit = spectrumUnit(network, spectrumSpec(choice, samples, scale));
            (choice.masks === "pruned" ? units : drawn).push(unit);
          }
        }
      }
      // These need the graphons of all trials.
      units.push(...drawn);
    }
  }
  return units;
}

/** A protocol's finished units. */
export async function collectSpectra(
  lab: Laboratory,
  protocol: SpectrumProtocol,
  scale: Scale,
): Promise<Spectra> {
  const results = new Map<string, SpectrumResult[]>();
  const key = (method: string, sparsity: number, choice: KernelChoice) =>
    [method, sparsity, KERNEL_CHOICES.indexOf(choice)].join(" ");
  for (const method of protocol.methods) {
    for (const sparsity of protocol.sparsities) {
      for (const choice of KERNEL_CHOICES) {
        const trials: SpectrumResult[] = [];
        for (let trial = 0; trial < scale.kernelTrials; trial++) {
          const network = networkOf(method, sparsity, protocol.width, trial, choice, scale);
          trials.push(await lab.get(spectrumUnit(network, spectrumSpec(choice, protocol.samples, scale))));
        }
        results.set(key(method, sparsity, choice), trials);
      }
    }
  }
  return {
    ...protocol,
    trials: scale.kernelTrials,
    choices: KERNEL_CHOICES,
    of: (method, sparsity, choice) => results.get(key(method, sparsity, choice))!,
  };
}

/** A line of numbers for each method, sparsity, choice and trial. */
export function spectrumRecords(spectra: Spectra): OutcomeRecord[] {
  const { methods, sparsities, choices, width, samples } = spectra;
  return methods.flatMap((method) =>
    sparsities.flatMap((sparsity) =>
      choices.flatMap((choice) =>
        spectra.of(method, sparsity, choice).map(({ eigenvalues, ...result }, trial) => ({
          method,
          sparsity,
          ...choice,
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

function networkOf(
  method: string,
  sparsity: number,
  width: number,
  trial: number,
  { initialiser }: KernelChoice,
  { hidden }: Scale,
): NetworkSpec {
  return { method, width, hidden, sparsity, trial, initialiser, activation: "relu" };
}

function layoutsOf({ grid, side }: Scale): NetworkLayout[] {
  return [{ order: "layer", grid }, { order: "axis", side }];
}

function spectrumSpec(
  { masks, weights }: KernelChoice,
  samples: number,
  { grid, side, kernelTrials }: Scale,
): SpectrumSpec {
  return { masks, weights, samples, output: "sum", grid, side, graphonTrials: kernelTrials };
}
