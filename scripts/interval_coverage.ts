// How often the 95 % interval of the debiased distance holds the true distance, for noise that is even over the cells and noise
// common to them, and that of the fall from it to a shorter distance, by which `reproduce` judges. Writes a table in Markdown.
//   deno run --allow-read --allow-write=docs/results scripts/interval_coverage.ts docs/results/interval_coverage.md
import { writeFileAtomically } from "@graphon-limit/data";
import { debiasedDistance, StepGraphon } from "@graphon-limit/graphon";
import { RandomSequence, seedFrom } from "@graphon-limit/runtime";
import { fall, squaredDistance } from "../packages/study/statistics/squared_distance.ts";

const GRID = 8, RUNS = 1000, TRIALS = [3, 5, 10, 30], FLOORS = [0, 1, 3];
const NOISES = [
  { title: "independent", share: 0, cosine: 0 },
  ...[0, 0.3, 1].map((cosine) => ({ title: `one mode, cosine ${cosine}`, share: 1, cosine })),
  ...[0, 0.3, 1].map((cosine) => ({ title: `a third in one mode, cosine ${cosine}`, share: 1 / 3, cosine })),
];
const [out] = Deno.args;
const random = new RandomSequence(seedFrom(0)), zero = StepGraphon.constant(0, GRID);

/** Trials about `distance` along the first cell; of their noise, 1 in all, `share` is one mode at `cosine` to that cell. */
function trialsOf(count: number, distance: number, share: number, cosine: number): StepGraphon[] {
  const even = Math.sqrt((1 - share) / GRID ** 2);
  return Array.from({ length: count }, () => {
    const common = Math.sqrt(share) * random.normal(), values = zero.values.map(() => even * random.normal());
    values[0] += distance + cosine * common;
    values[1] += Math.sqrt(1 - cosine ** 2) * common;
    return new StepGraphon(GRID, GRID, values);
  });
}

/** The shorter distance, of the longer one. */
const SHORTER = 1 / 3;

/** The shares of runs whose interval, and whose fall's, hold the truth; the interval's median width in floors. */
function coverage(count: number, floors: number, share: number, cosine: number, paired: boolean): string {
  // The floor is √(1/T) against an exact graphon, √(2/T) against as many trials of it.
  const floor = Math.sqrt((paired ? 2 : 1) / count), truth = floors * floor, slack = 1e-6;
  const fallen = truth ** 2 * (1 - SHORTER ** 2);
  let held = 0, heldFalls = 0;
  const widths: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const a = trialsOf(count, truth, share, cosine);
    const b = paired ? trialsOf(count, 0, share, cosine) : undefined;
    const { interval: [low, high] } = debiasedDistance({ graphons: a }, b ? { graphons: b } : zero);
    if (low <= truth + slack && truth <= high + slack) held++;
    widths.push((high - low) / floor);
    if (b === undefined) continue;
    const shorter = squaredDistance(trialsOf(count, SHORTER * truth, share, cosine), b);
    const found = fall(squaredDistance(a, b), shorter);
    if (found.low <= fallen + slack && fallen <= found.high + slack) heldFalls++;
  }
  const width = widths.sort((x, y) => x - y)[RUNS / 2].toFixed(1);
  return `${(held / RUNS).toFixed(2)} (${width}${paired ? `; ${(heldFalls / RUNS).toFixed(2)}` : ""})`;
}

const lines = [
  "# How often the interval of a debiased distance covers",
  "",
  `The share of ${RUNS} runs in which the interval of \`debiasedDistance\` at 95 % holds the true distance; in brackets the ` +
  "interval's median width, in noise floors, and, between trials, the share in which the interval of the squared distance's fall " +
  "to a third of the distance, measured against the same trials, holds the true fall, by which `reproduce` judges whether " +
  `distances fall with width. Normal noise over ${GRID}×${GRID} cells, even over them or in part one mode, common to all, at a ` +
  "cosine to the difference; the true distance in noise floors; against an exact graphon and against as many trials of it.",
  "",
  "`deno run --allow-read --allow-write=docs/results scripts/interval_coverage.ts docs/results/interval_coverage.md`",
  "",
  `| noise | against | distance | ${TRIALS.map((count) => `${count} trials`).join(" | ")} |`,
  `| --- | --- | ---: | ${TRIALS.map(() => "---:").join(" | ")} |`,
];
for (const { title, share, cosine } of NOISES) {
  for (const paired of [false, true]) {
    for (const floors of FLOORS) {
      const cells = TRIALS.map((count) => coverage(count, floors, share, cosine, paired));
      lines.push(`| ${title} | ${paired ? "trials" : "exact"} | ${floors} | ${cells.join(" | ")} |`);
    }
  }
}
writeFileAtomically(out, lines.join("\n") + "\n");
