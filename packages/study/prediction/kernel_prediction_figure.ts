import { type FigureSpec, linePlot } from "@graphon-limit/figures";
import type { KernelPrediction } from "./kernel_prediction.ts";

/** Both loss curves of a {@linkcode KernelPrediction} on one plot. */
export function kernelPredictionFigure({ losses, predicted, learningRate }: KernelPrediction): FigureSpec {
  const steps = losses.map((_, step) => step);
  return linePlot({
    title: "Training and what its tangent kernel predicts",
    description:
      `Squared loss of gradient descent at learning rate ${
        learningRate.toPrecision(3)
      } step by step, as it ` +
      "went and as predicted by the tangent kernel of the network at its start.",
    xLabel: "step",
    yLabel: "squared loss",
    logY: true,
    points: false,
    series: [
      { name: "training", variant: "measured", x: steps, y: losses },
      { name: "training", variant: "predicted", x: steps, y: predicted },
    ],
  });
}
