// How fast every estimator's error falls with the width on known graphons: a table in Markdown, as this machine measured it.
//   deno run --allow-read scripts/estimator_rates.ts
import { ESTIMATORS, fitRate, sampleFromGraphon, StepGraphon } from "@graphon-limit/graphon";
import { openDevice, seedFrom } from "@graphon-limit/runtime";

const grid = 32, widths = [128, 256, 512, 1024], trials = 3;
const graphons: Record<string, (u: number, v: number) => number> = {
  "0.3": () => 0.3,
  "(1 − 0.8u)(1 − 0.7v)": (u, v) => (1 - 0.8 * u) * (1 - 0.7 * v),
  "2×2 blocks": (u, v) => u < 0.5 ? (v < 0.5 ? 0.8 : 0.5) : (v < 0.5 ? 0.3 : 0.1),
  "1/(1 + exp(4(u + v) − 2))": (u, v) => 1 / (1 + Math.exp(4 * (u + v) - 2)),
  "¼(1 − \\|u − v\\|) + 0.7(1 − u)(1 − v)": (u, v) => (1 - Math.abs(u - v)) / 4 + 0.7 * (1 - u) * (1 - v),
};
using device = await openDevice();
console.log(
  `Root mean squared error over ${grid}×${grid} cells, ${trials} masks each; s is seconds at the last width.\n`,
);
console.log(`| graphon | estimator | ${widths.map((n) => `n = ${n}`).join(" | ")} | n^(−α), α | s |`);
console.log(`|---|---|${widths.map(() => "---:|").join("")}---:|---:|`);
for (const [title, f] of Object.entries(graphons)) {
  const truth = StepGraphon.from(f, grid);
  for (const { name, estimate } of Object.values(ESTIMATORS)) {
    let seconds = 0;
    const points: { n: number; distance: number }[] = [];
    for (const n of widths) {
      let squares = 0;
      const started = performance.now(), source = StepGraphon.from(f, n, n, 1);
      for (let trial = 0; trial < trials; trial++) {
        using mask = sampleFromGraphon(device, source, n, n, { seed: seedFrom(trial), layer: n });
        const { graphon } = await estimate(mask, { grid });
        squares += graphon.values.reduce((sum, value, cell) => sum + (value - truth.values[cell]) ** 2, 0);
      }
      points.push({ n, distance: Math.sqrt(squares / trials) / grid });
      seconds = (performance.now() - started) / trials / 1000;
    }
    const { exponent, standardError = NaN } = fitRate(points);
    const errors = points.map(({ distance }) => distance.toFixed(5)).join(" | ");
    console.log(
      `| ${title} | ${name} | ${errors} | ${exponent.toFixed(2)} ± ${standardError.toFixed(2)} | ${
        seconds.toFixed(1)
      } |`,
    );
  }
}
