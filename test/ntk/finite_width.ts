import { fanInMoments, sampleFromGraphon, StepGraphon } from "@graphon-limit/graphon";
import { initialise, redraw } from "@graphon-limit/model";
import { empiricalKernel, graphonKernel } from "@graphon-limit/ntk";
import { deriveSeed, type Device, seedFrom } from "@graphon-limit/runtime";
import { randomInputs, relativeError } from "./support.ts";

/**
 * Graded graphons, as pruning by a score makes them: hubs in the hidden layers. The first is 0 or 1 everywhere: the features
 * stay as many as they are, so that coin flips among them would not average out.
 */
export const GRADED: readonly StepGraphon[] = [
  StepGraphon.from((u, v) => Number(v < 0.25 + 0.5 * u || v > 0.9), 8, 12, 1),
  StepGraphon.from((u, v) => 0.05 + 0.9 * u * v, 8),
  StepGraphon.from((u, v) => 0.1 + 0.4 * (1 - u) * v, 8),
  StepGraphon.from((_, v) => 0.3 + 0.5 * v, 1, 8),
];

/** Whether weights have the variance of a dense layer's, or one that follows each neuron's kept inputs. */
export type DrawnBy = "ntk" | "fan-in";

/** `‖mean empirical − graphon‖ / ‖graphon‖` for networks of a width with masks drawn from {@linkcode GRADED}. */
export async function finiteWidthError(
  device: Device,
  width: number,
  trials: number,
  seed: number,
  drawnBy: DrawnBy = "ntk",
): Promise<number> {
  const features = 24, samples = 6, classes = 6;
  using inputs = randomInputs(device, features, samples, 3);
  using limit = await graphonKernel(GRADED, inputs, {
    weightVariance: 2,
    ...(drawnBy === "fan-in" ? { secondMoments: fanInMoments(GRADED) } : {}),
  });
  const mean = new Float64Array(samples * samples);
  const widths = [features, width, width, width, classes];
  for (let trial = 0; trial < trials; trial++) {
    const own = deriveSeed(seedFrom(seed), width, trial);
    using network = initialise(device, widths, "ntk", { seed: own, weightVariance: 2 });
    GRADED.forEach((graphon, layer) => {
      const weight = network.weights[layer];
      weight.setMask(sampleFromGraphon(device, graphon, weight.rows, weight.cols, { seed: own, layer }));
    });
    if (drawnBy === "fan-in") redraw(network, "fan-in", { seed: deriveSeed(own, 1) });
    using kernel = await empiricalKernel(network, inputs, { output: "trace" });
    (await device.read(kernel)).forEach((value, i) => mean[i] += value / trials);
  }
  return relativeError(mean, await device.read(limit));
}

if (import.meta.main) {
  // Too long for a test: prints the error at each width; it falls as 1/√width.
  const { openDevice } = await import("@graphon-limit/runtime");
  using device = await openDevice({ kind: "cpu" });
  for (const width of [128, 512, 2048]) {
    const errors = await Promise.all(
      (["ntk", "fan-in"] as const).map((drawnBy) => finiteWidthError(device, width, 6, 1, drawnBy)),
    );
    console.log(width, ...errors.map((error) => error.toFixed(4)));
  }
}
