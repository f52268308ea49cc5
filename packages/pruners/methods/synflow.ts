import { positionsOf, Resources } from "@graphon-limit/model";
import { fill, synflowScores } from "@graphon-limit/ops";
import { type Device, InvalidArgumentError, matrixBytes } from "@graphon-limit/runtime";
import { definePruner } from "../method.ts";
import { register } from "../registry.ts";
import { scoreLayers } from "../score_layers.ts";

/**
 * SynFlow (Tanaka, Kunin, Yamins and Ganguli 2020): score `|w ⊙ ∂R/∂w|`, `R = 1ᵀ (∏ |W^(l)| ⊙ M^(l)) 1`, in 100 rounds.
 *
 * R factorises: with `r^(l) = (|W^(l)| ⊙ M^(l)) r^(l-1) + |b^(l)|` and `c^(l-1) = (|W^(l)| ⊙ M^(l))ᵀ c^(l)` the score is
 * `|w_ij| M_ij c_i^(l) r_j^(l-1)`, two matrix–vector products a layer. Each r is divided by its largest element α, the c of
 * the same layer too, and the scores of layer l by its α once more: all layers then lack the same factor `∏ α`, and
 * nothing overflows (design §2).
 */
export const synflow = register(definePruner({
  name: "synflow",
  label: "SynFlow",
  reads: "weights",
  rounds: 100,
  score(context) {
    const { device, network: { stage, input, output } } = context;
    if (!stage.flow) {
      throw new InvalidArgumentError(
        "Expected a network whose stages all have a rule for SynFlow but found one that has none",
      );
    }
    using made = new Resources();
    const ones = (rows: number, cols = 1) => made.add(onesOn(device, rows, cols));
    const flow = made.add(stage.flow({ values: ones(input.rows, positionsOf(input)), scales: [] }, input));
    flow.pullback(ones(output.rows), false);
    return scoreLayers(context, (layer, { matrix: weights }, mask, out) => {
      const { r, c, divisor } = flow.meetings[layer];
      device.run(synflowScores, { weights, mask, c: c!, r, divisor, scores: out });
    }, made.move());
  },
  memory({ widths, info }) {
    const vectors = (sizes: readonly number[]) =>
      sizes.reduce((total, size) => total + matrixBytes(info, size, 1), 0);
    const number = matrixBytes(info, 1, 1);
    const left = vectors(widths) + vectors(widths.slice(1)) + (widths.length - 1) * number;
    return { most: left, left };
  },
  style: { light: "#9e2c05", dark: "#fb400d", shape: "triangle-down" },
}));

function onesOn(device: Device, rows: number, cols: number) {
  const x = device.matrix(rows, cols);
  device.run(fill, { x }, { value: 1 });
  return x;
}
