import type { Axis } from "../axis.ts";
import { biasNameOf } from "../bias_name.ts";
import type { Stage } from "../stage.ts";
import { bias } from "../stages/bias.ts";
import { chain } from "../stages/chain.ts";
import { convolution } from "../stages/convolution.ts";
import { affine } from "../stages/gain.ts";
import type { ImageWindow } from "../stages/image_window.ts";
import { linear } from "../stages/linear.ts";
import { layerNorm } from "../stages/standardise.ts";
import type { ParameterSource } from "./definition.ts";

/** Two axes that a weight joins. */
export interface Ends {
  readonly input: Axis;
  readonly output: Axis;
}

/** A product with a weight `name.weight` and, where the source has one, a bias `name.bias`. */
export function product(source: ParameterSource, layer: string, ends: Ends): Stage {
  const name = `${layer}.weight`;
  return biased(source, name, ends.output, linear(source.take({ name, role: "weight", ...ends })));
}

/** A convolution with a weight `name.weight` and, where the source has one, a bias `name.bias`. */
export function convolved(
  source: ParameterSource,
  layer: string,
  ends: Ends,
  { kernel, ...window }: ImageWindow,
): Stage {
  const name = `${layer}.weight`, weight = source.take({ name, role: "weight", ...ends, kernel });
  return biased(source, name, ends.output, convolution(weight, window));
}

function biased(source: ParameterSource, name: string, output: Axis, stage: Stage): Stage {
  const offset = source.maybe({ name: biasNameOf(name), role: "bias", output });
  return offset ? chain([stage, bias(offset)]) : stage;
}

/** Layer normalisation with gains `name.weight` and shifts `name.bias`. */
export function normalised(source: ParameterSource, layer: string, output: Axis): Stage {
  return layerNorm(
    source.take({ name: `${layer}.weight`, role: "gain", output }),
    source.take({ name: `${layer}.bias`, role: "shift", output }),
  );
}

/**
 * Batch normalisation in evaluation: factors `name.weight` and offsets `name.bias` that stay as they are. Where a file has
 * `name.running_mean` and `name.running_var` beside them, these are folded in as it is read; drawn they are 1 and 0.
 */
export function frozenNorm(source: ParameterSource, layer: string, output: Axis): Stage {
  return affine(
    source.take({ name: `${layer}.weight`, role: "gain", output, frozen: true }),
    source.take({ name: `${layer}.bias`, role: "shift", output, frozen: true }),
  );
}
