import type { Mlp } from "@graphon-limit/model";
import {
  absMatvec,
  absMatvecTransposed,
  kthSmallest,
  maskFromThreshold,
  normalise,
  readThreshold,
  synflowScores,
} from "@graphon-limit/ops";
import { keptFractions, type Schedule, type Scope } from "@graphon-limit/pruners";
import type { Matrix } from "@graphon-limit/runtime";

/** Of each layer, `c_i^t/τ_t` [outputs, rounds] and `r_j^t` [inputs, rounds]: the types of a finite network's neurons. */
export interface LayerTrajectories {
  readonly outputs: Float32Array;
  readonly inputs: Float32Array;
}

/**
 * Prunes a network by SynFlow and notes the trajectories of its neurons, with all factors that the scores have. The
 * network's masks are taken off again in the end.
 */
export async function followSynflow(
  mlp: Mlp,
  { sparsity, rounds, schedule, scope }: {
    sparsity: number;
    rounds: number;
    schedule: Schedule;
    scope: Scope;
  },
): Promise<LayerTrajectories[]> {
  const fractions = keptFractions(sparsity, rounds, schedule);
  const trajectories = mlp.weights.map(({ rows, cols }): LayerTrajectories => ({
    outputs: new Float32Array(rows * rounds),
    inputs: new Float32Array(cols * rounds),
  }));
  try {
    for (let round = 0; round < rounds; round++) {
      using flow = new Flow(mlp);
      const removed = round === rounds - 1 ? sparsity : 1 - fractions[round];
      const thresholds = await pruneRound(mlp, flow, removed, scope);
      const factors = await Promise.all(
        trajectories.map((_, layer) =>
          Promise.all(
            [flow.c[layer], flow.r[layer], flow.divisors[layer]].map((each) => mlp.device.read(each)),
          )
        ),
      );
      for (const [layer, { outputs, inputs }] of trajectories.entries()) {
        const [c, r, [divisor]] = factors[layer];
        // A threshold of 0 lets everything stay whose score is not 0.
        const threshold = Math.max(thresholds[layer], 1e-30) * divisor;
        c.forEach((value, i) => outputs[i * rounds + round] = Math.min(value / threshold, 1e30));
        r.forEach((value, j) => inputs[j * rounds + round] = value);
      }
    }
  } finally {
    mlp.weights.forEach((_, layer) => mlp.setMask(layer, undefined));
  }
  return trajectories;
}

/** `r` and `c` of the network as it is, each layer's divided by its largest r (design §2). */
class Flow implements Disposable {
  readonly r: Matrix[] = [];
  readonly c: Matrix[] = [];
  readonly divisors: Matrix[] = [];

  constructor(mlp: Mlp) {
    const { device, weights, masks, widths, depth } = mlp;
    const ones = (rows: number) => device.upload(new Float32Array(rows).fill(1), rows, 1);
    this.r.push(ones(widths[0]));
    for (let layer = 0; layer < depth; layer++) {
      const y = device.matrix(weights[layer].rows, 1), scale = device.matrix(1, 1);
      device.run(absMatvec, { weights: weights[layer], mask: masks[layer], r: this.r[layer], y });
      device.run(normalise, { x: y, scale });
      this.r.push(y);
      this.divisors.push(scale);
    }
    this.c.push(ones(widths[depth]));
    for (let layer = depth - 1; layer > 0; layer--) {
      const y = device.matrix(weights[layer].cols, 1);
      const args = {
        weights: weights[layer],
        mask: masks[layer],
        c: this.c[0],
        divisor: this.divisors[layer],
        y,
      };
      device.run(absMatvecTransposed, args);
      this.c.unshift(y);
    }
  }

  [Symbol.dispose](): void {
    for (const matrix of [...this.r, ...this.c, ...this.divisors]) matrix.dispose();
  }
}

/** One round of scoring and pruning; the threshold of each layer, 0 where nothing has to go. */
async function pruneRound(mlp: Mlp, flow: Flow, removed: number, scope: Scope): Promise<number[]> {
  const { device } = mlp;
  const scores = mlp.weights.map((weights, layer) => {
    const out = device.matrix(weights.rows, weights.cols);
    device.run(synflowScores, {
      weights,
      mask: mlp.masks[layer],
      c: flow.c[layer],
      r: flow.r[layer],
      divisor: flow.divisors[layer],
      scores: out,
    });
    return out;
  });
  try {
    const thresholds = scores.map(() => 0), all = [...scores.keys()];
    for (const layers of scope === "global" ? [all] : all.map((layer) => [layer])) {
      const members = layers.map((layer) => scores[layer]);
      const k = Math.floor(removed * members.reduce((sum, { rows, cols }) => sum + rows * cols, 0));
      if (k < 1) continue;
      using state = kthSmallest(device, members, k);
      for (const layer of layers) {
        const mask = device.bits(scores[layer].rows, scores[layer].cols);
        device.run(maskFromThreshold, { scores: scores[layer], previous: mlp.masks[layer], state, mask });
        mlp.setMask(layer, mask);
      }
      const { value } = await readThreshold(state);
      for (const layer of layers) thresholds[layer] = value;
    }
    return thresholds;
  } finally {
    for (const matrix of scores) matrix.dispose();
  }
}
