import {
  type Batch,
  crossEntropyLoss,
  forward,
  gradientDirection,
  type Network,
  Resources,
  sweepTangent,
} from "@graphon-limit/model";
import type { NetworkSignals, SignalOptions } from "./neuron_types.ts";

/** The signals of a finite network's own neurons. */
export function signalsOfNetwork(
  network: Network,
  batch: Batch,
  { temperature, tangents }: Omit<SignalOptions, "drawnLabels">,
): NetworkSignals {
  const loss = crossEntropyLoss({ temperature });
  using made = new Resources();
  const pass = made.add(forward(network, batch.inputs));
  const value = made.add(loss.value(network.device, pass.out, batch));
  pass.pullback(value.gradient, false);
  if (tangents) made.add(sweepTangent(pass, gradientDirection(pass), loss, batch));
  const layers = pass.meetings.filter(({ weight }) => weight.prunable), kept = made.move();
  return { layers, logUnits: layers.map(() => 0), [Symbol.dispose]: () => kept[Symbol.dispose]() };
}
