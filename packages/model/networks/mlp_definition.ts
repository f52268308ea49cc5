import { type Axis, axis } from "../axis.ts";
import { type Activation, assertActivation, assertWidths } from "../laws.ts";
import { activation as activationStage } from "../stages/activation.ts";
import { chain } from "../stages/chain.ts";
import type { NetworkDefinition } from "./definition.ts";
import { product } from "./parts.ts";

/**
 * A fully connected network: `layers.<l>.weight` [out, in], φ between them.
 *
 * @param widths inputs, hidden layers, outputs
 * @throws {InvalidArgumentError} for fewer than two widths, or one that is no positive whole number
 */
export function mlpDefinition(widths: readonly number[], activation: Activation): NetworkDefinition {
  assertWidths(widths);
  assertActivation(activation);
  return {
    kind: "mlp",
    features: widths[0],
    activation,
    build(source) {
      let input: Axis = axis("inputs", widths[0]);
      return chain(
        widths.slice(1).flatMap((size, l) => {
          const last = l + 2 === widths.length, output = axis(last ? "outputs" : `hidden ${l + 1}`, size);
          const stage = product(source, `layers.${l}`, { input, output });
          input = output;
          return [stage, ...last ? [] : [activationStage(activation)]];
        }),
      );
    },
  };
}
