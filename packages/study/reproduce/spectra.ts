import { networkGraphons, type NetworkLayout } from "../kinds/network_graphons.ts";
import type { NetworkParams } from "../kinds/network.ts";
import { kernelSpectrum, type SpectrumResult } from "../kinds/spectrum.ts";
import type { Lab } from "../tasks/lab.ts";
import type { Task } from "../tasks/task.ts";
import type { OutcomeRecord } from "./outcome_record.ts";
import type { Scale } from "./scale.ts";
import { KERNEL_CHOICES, type KernelChoice } from "./spectrum_choices.ts";

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
export function spectrumTasks(protocol: SpectrumProtocol, scale: Scale): Task[] {
  const { methods, sparsities, width, samples } = protocol;
  const tasks: Task[] = [];
  for (const method of methods) {
    for (const sparsity of sparsities) {
      const drawn: Task[] = [];
      for (const initialiser of new Set(KERNEL_CHOICES.map((choice) => choice.initialiser))) {
        const choices = KERNEL_CHOICES.filter((choice) => choice.initialiser === initialiser);
        const orders = new Set(choices.map(({ masks }) => masks));
        for (let trial = 0; trial < scale.kernelTrials; trial++) {
          const network = networkOf(method, sparsity, width, trial, choices[0], scale);
          for (const layout of layoutsOf(scale)) {
            if (orders.has(layout.order)) tasks.push(networkGraphons.task({ network, layout }));
          }
          for (const choice of choices) {
            const task = taskOf(network, choice, samples, scale);
            (choice.masks === "pruned" ? tasks : drawn).push(task);
          }
        }
      }
      // These need the graphons of all trials.
      tasks.push(...drawn);
    }
  }
  return tasks;
}

/** A protocol's finished tasks. */
export async function collectSpectra(
  lab: Lab,
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
          trials.push(await lab.get(taskOf(network, choice, protocol.samples, scale)));
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
  { hidden, common }: Scale,
): NetworkParams {
  return { ...common, method, width, hidden, sparsity, trial, initialiser };
}

function layoutsOf({ grid, side }: Scale): NetworkLayout[] {
  return [{ order: "layer", grid }, { order: "axis", side }];
}

function taskOf(network: NetworkParams, { masks, weights }: KernelChoice, samples: number, scale: Scale) {
  const layout = layoutsOf(scale).find(({ order }) => order === masks);
  const drawn = layout ? { layout, trials: scale.kernelTrials } : null;
  return kernelSpectrum.task({ network, weights, drawn, samples, output: "sum" });
}
