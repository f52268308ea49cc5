import { absMatvec, absMatvecTransposed, fill, normalise, synflowScores } from "@graphon-limit/ops";
import type { Matrix } from "@graphon-limit/runtime";
import { definePruner } from "./pruner.ts";
import { Resources } from "./resources.ts";
import { scoreLayers } from "./score_layers.ts";

/**
 * SynFlow (Tanaka, Kunin, Yamins and Ganguli 2020): score `|w ⊙ ∂R/∂w|`, `R = 1ᵀ (∏ |W^(l)| ⊙ M^(l)) 1`, in 100 rounds.
 *
 * R factorises: with `r^(l) = (|W^(l)| ⊙ M^(l)) r^(l-1)` and `c^(l-1) = (|W^(l)| ⊙ M^(l))ᵀ c^(l)` the score is
 * `|w_ij| M_ij c_i^(l) r_j^(l-1)`, two matrix–vector products a layer. Each r is divided by its largest element α, the c of
 * the same layer too, and the scores of layer l by its α once more: all layers then lack the same factor `∏ α`, and
 * nothing overflows (design §2).
 */
export const synflow = definePruner({
  name: "synflow",
  rounds: 100,
  score(context) {
    const { device, mlp } = context;
    using made = new Resources();
    const r: Matrix[] = [ones(mlp.widths[0])], scales: Matrix[] = [];
    mlp.weights.forEach((weights, layer) => {
      const y = made.add(device.matrix(weights.rows, 1)), scale = made.add(device.matrix(1, 1));
      device.run(absMatvec, { weights, mask: mlp.masks[layer], r: r[layer], y });
      device.run(normalise, { x: y, scale });
      r.push(y);
      scales.push(scale);
    });
    const c: Matrix[] = [ones(mlp.widths[mlp.depth])];
    for (let layer = mlp.depth - 1; layer > 0; layer--) {
      const weights = mlp.weights[layer], y = made.add(device.matrix(weights.cols, 1));
      device.run(absMatvecTransposed, {
        weights,
        mask: mlp.masks[layer],
        c: c[0],
        divisor: scales[layer],
        y,
      });
      c.unshift(y);
    }
    return scoreLayers(context, (layer, weights, mask, out) => {
      const args = { weights, mask, c: c[layer], r: r[layer], divisor: scales[layer], scores: out };
      device.run(synflowScores, args);
    }, made.move());

    function ones(rows: number): Matrix {
      const x = made.add(device.matrix(rows, 1));
      device.run(fill, { x }, { value: 1 });
      return x;
    }
  },
});
