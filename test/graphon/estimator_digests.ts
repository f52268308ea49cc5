import {
  compareGraphons,
  ESTIMATORS,
  type GraphonEstimate,
  networkHistograms,
  sampleFromGraphon,
  sortAndSmooth,
  StepGraphon,
} from "@graphon-limit/graphon";
import { type BitMatrix, type Device, packBits, RandomSequence, seedFrom } from "@graphon-limit/runtime";
import { KNOWN, randomGraphon } from "./support.ts";

type Entry = (i: number, j: number, random: RandomSequence) => boolean;

/** Masks by name: rows, columns, and which entries are kept. */
const MASKS: Readonly<Record<string, readonly [rows: number, cols: number, kept: Entry]>> = {
  "one entry": [1, 1, () => true],
  "one row": [1, 60, (_, j, random) => random.uniform() < 0.2 + j / 100],
  "one column": [60, 1, (i, _, random) => random.uniform() < 0.2 + i / 100],
  "two rows": [2, 33, (_i, _j, random) => random.integer(2) === 0],
  nothing: [20, 30, () => false],
  everything: [20, 30, () => true],
  "2:4": [48, 64, (_, j) => j % 4 < 2],
  "blocks on the diagonal": [60, 90, (i, j) => Math.floor(i / 12) === Math.floor(j / 18)],
  sparse: [200, 300, (_i, _j, random) => random.integer(50) === 0],
  "equal columns": [6, 700, (_i, _j, random) => random.uniform() < 0.6],
  "equal rows": [700, 5, (i, _j, random) => random.uniform() < 0.2 + i / 1000],
  "more than 512": [
    530,
    620,
    (i, j, random) => random.uniform() < (1 - 0.8 * i / 530) * (1 - 0.7 * j / 620),
  ],
};

/** The same for graphons of `KNOWN`, with several masks over the same nodes. */
const DRAWN: readonly (readonly [name: string, rows: number, cols: number, masks: number])[] = [
  ["product", 40, 70, 1],
  ["product", 3, 5, 1],
  ["product", 33, 2, 2],
  ["distance", 120, 120, 1],
  ["distance", 90, 80, 2],
  ["block", 90, 100, 1],
  ["block", 150, 140, 3],
  ["block", 4, 300, 2],
];

/** The first 16 digits of SHA-256 of numbers' bits. */
async function digest(values: readonly number[]): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", Float64Array.from(values)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("").slice(0, 16);
}

function numbersOf({ graphon, kept, deadInputs, deadOutputs, diagnostics }: GraphonEstimate): number[] {
  return [
    ...[graphon.rows, graphon.cols, kept, deadInputs, deadOutputs],
    ...graphon.values,
    ...Object.values(diagnostics),
  ];
}

function* masksOf(
  device: Device,
  some: readonly string[] | undefined,
): Generator<readonly [string, BitMatrix[]]> {
  for (const [index, [name, [rows, cols, kept]]] of Object.entries(MASKS).entries()) {
    if (some && !some.includes(name)) continue;
    const random = new RandomSequence(index);
    const bits = Uint8Array.from(
      { length: rows * cols },
      (_, at) => Number(kept(Math.floor(at / cols), at % cols, random)),
    );
    yield [name, [device.uploadBits(packBits(bits, rows, cols), rows, cols)]];
  }
  for (const [name, rows, cols, count] of DRAWN) {
    const source = StepGraphon.from(KNOWN[name], rows, cols, 1),
      title = `${count} of ${name} ${rows}×${cols}`;
    if (some && !some.includes(title)) continue;
    yield [
      title,
      Array.from(
        { length: count },
        (_, trial) => sampleFromGraphon(device, source, rows, cols, { seed: seedFrom(trial), layer: rows }),
      ),
    ];
  }
}

/** Digests of what estimators make of masks on a device, by estimator and mask: of all masks, or of some. */
export async function estimatorDigests(
  device: Device,
  some?: readonly string[],
): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const [name, masks] of masksOf(device, some)) {
    for (const { name: estimator, estimate } of Object.values(ESTIMATORS)) {
      const numbers: number[] = [];
      for (const options of [{ grid: 8 }, { grid: 24, seed: 3 }, { grid: 7, order: "given" }] as const) {
        numbers.push(...numbersOf(await estimate(masks, options)));
      }
      digests[`${estimator}: ${name}`] = await digest(numbers);
    }
    const kept = await sortAndSmooth(masks[0], 9, { inputs: true });
    digests[`sortAndSmooth: ${name}`] = await digest(numbersOf({ ...kept, diagnostics: {} }));
    for (const mask of masks) mask.dispose();
  }
  return digests;
}

/** Digests of the estimates of a whole network's masks. */
export async function networkDigests(device: Device): Promise<Record<string, string>> {
  const widths = [30, 50, 40, 7], digests: Record<string, string> = {};
  const masks = widths.slice(1).map((rows, layer) =>
    sampleFromGraphon(device, StepGraphon.from(KNOWN.product, rows, widths[layer], 1), rows, widths[layer], {
      seed: seedFrom(1),
      layer,
    })
  );
  for (const order of ["layer", "axis"] as const) {
    const found = await networkHistograms(masks, { order, grid: 12, side: 3 });
    digests[order] = await digest(found.flatMap((one) => numbersOf({ ...one, diagnostics: {} })));
  }
  for (const mask of masks) mask.dispose();
  return digests;
}

/** Digests of comparisons of graphons. */
export async function comparisonDigests(): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  const grids: readonly (readonly [number, number, number, number])[] = [
    [1, 1, 1, 1],
    [5, 7, 5, 7],
    [16, 16, 12, 8],
    [40, 3, 40, 3],
    [64, 64, 64, 64],
    [30, 170, 30, 17],
  ];
  for (const [a, b, c, d] of grids) {
    const { distances, densities } = await compareGraphons(randomGraphon(1, a, b), randomGraphon(2, c, d), {
      seed: 5,
    });
    digests[`${a}×${b} and ${c}×${d}`] = await digest(
      [distances, ...densities].flatMap((numbers) => Object.values(numbers)),
    );
  }
  return digests;
}
