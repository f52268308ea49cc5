// How dense SynFlow's limit of a width has the layers, beside networks of that width. A study of minutes; writes Markdown.
//   deno run --allow-read --allow-write=docs/results --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/limit_densities.ts \
//     --out docs/results/limit_densities.md
import { parseArgs } from "node:util";
import { limitGraphon } from "@graphon-limit/limit";
import { initialise } from "@graphon-limit/model";
import { prune, synflow } from "@graphon-limit/pruners";
import { deriveSeed, openDevice, seedFrom } from "@graphon-limit/runtime";
import { HIDDEN, numbersOf, table } from "./limit_studies/study.ts";

const { values: flags } = parseArgs({
  options: {
    out: { type: "string", default: "limit_densities.md" },
    // sparsity:widths, one after another.
    cases: {
      type: "string",
      multiple: true,
      default: ["0.8:64,250", "0.9:64,100,250", "0.95:64,128,250,500", "0.99:64,128,250,500,1000"],
    },
    trials: { type: "string", default: "32" },
    repetitions: { type: "string", default: "8" },
    seed: { type: "string", default: "1" },
  },
});
const INPUTS = 784, CLASSES = 10;
const trials = Number(flags.trials),
  repetitions = Number(flags.repetitions),
  seed = seedFrom(Number(flags.seed));

/** A mean and its standard error. */
interface Estimate {
  readonly mean: number;
  readonly error: number;
}

function estimate(values: readonly number[]): Estimate {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: Math.sqrt(squares / (values.length - 1) / values.length) };
}

using device = await openDevice({ kind: "cpu" });

/** The densities of each layer, one for each time that something was done. */
async function densitiesOf(times: number, once: (time: number) => Promise<number[]>): Promise<Estimate[]> {
  const found: number[][] = [];
  for (let time = 0; time < times; time++) found.push(await once(time));
  return found[0].map((_, layer) => estimate(found.map((densities) => densities[layer])));
}

async function networkDensities(width: number, sparsity: number, trial: number): Promise<number[]> {
  const widths = [INPUTS, ...new Array(HIDDEN).fill(width), CLASSES], own = deriveSeed(seed, 1, trial);
  using network = initialise(device, widths, "he", { seed: own });
  const { kept } = await prune(network, synflow, { sparsity, seed: own });
  return network.weights.map(({ count }, layer) => kept[layer] / count);
}

async function limitDensities(width: number, sparsity: number, time: number): Promise<number[]> {
  const network = { inputs: INPUTS, classes: CLASSES, hidden: HIDDEN, width, activation: "relu" } as const;
  const found = await limitGraphon(device, "synflow", { ...network, initialiser: "he" }, {
    ...{ sparsity, order: "finite", grid: 8, outputDraws: 1, seed: deriveSeed(seed, 2, time) },
  });
  return found.map(({ density }) => density);
}

const rows: (string | number)[][] = [];
for (const text of flags.cases) {
  const [sparsity, widths] = text.split(":");
  for (const width of numbersOf(widths)) {
    const networks = await densitiesOf(trials, (trial) => networkDensities(width, Number(sparsity), trial));
    const limits = await densitiesOf(repetitions, (time) => limitDensities(width, Number(sparsity), time));
    const off = limits.map((limit, layer) => {
      const { mean, error } = networks[layer], ratio = limit.mean / mean;
      const relative = ratio * Math.hypot(limit.error / limit.mean, error / mean);
      return `${(100 * (ratio - 1)).toFixed(1)} ± ${(100 * relative).toFixed(1)}`;
    });
    rows.push([sparsity, width, (width * (1 - Number(sparsity))).toFixed(1), ...off]);
    console.error(rows.at(-1)!.join("  "));
  }
}
await Deno.writeTextFile(
  flags.out,
  "# Densities of SynFlow's limits\n\n" +
    "How much denser, in per cent, SynFlow's limit in the order *finite* has each layer than networks of its width have it: the mean " +
    `of ${repetitions} limits beside that of ${trials} networks of ${HIDDEN} hidden layers, ${INPUTS} inputs and ${CLASSES} outputs, ` +
    "with the standard error of both. *Kept*: weights that would be kept of each neuron's, were they kept evenly.\n\n" +
    "`deno run --allow-read --allow-write=docs/results --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/limit_densities.ts " +
    "--out docs/results/limit_densities.md`\n\n" +
    table([
      ["sparsity", "width", "kept", "first layer", "second", "third", "outputs"],
      ...rows,
    ]),
);
