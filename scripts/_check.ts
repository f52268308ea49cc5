import { parseArgs } from "node:util";
import { balancedBatch, loadDataset } from "@graphon-limit/data";
import { GraphonTrials, sampleFromGraphon, sortAndSmooth, StepGraphon } from "@graphon-limit/graphon";
import { limitNamed, limitNetwork, type LimitOrder } from "@graphon-limit/limit";
import { initialise, predict, uploadBatch } from "@graphon-limit/model";
import { prune } from "@graphon-limit/pruners";
import { deriveSeed, openDevice, seedFrom } from "@graphon-limit/runtime";
const { values: f } = parseArgs({
  options: {
    methods: { type: "string", default: "grasp" },
    widths: { type: "string", default: "500" },
    sparsities: { type: "string", default: "0.5" },
    trials: { type: "string", default: "8" },
    orders: { type: "string", default: "strict,finite" },
    cond: { type: "boolean", default: false },
    types: { type: "string" },
    layers: { type: "string", default: "1,2" },
    rounds: { type: "string" },
  },
});
using device = await openDevice({ kind: "cpu" });
const images = await loadDataset("mnist", { dataDir: "/work/shared/data/mnist" });
const { x, y } = balancedBatch(images, 10, seedFrom(0));
using batch = uploadBatch(device, x, y);
const LAYERS = f.layers.split(",").map(Number), GRID = 64, trials = Number(f.trials);
for (const method of f.methods.split(",")) {
  for (const width of f.widths.split(",").map(Number)) {
    for (const sparsity of f.sparsities.split(",").map(Number)) {
      const nets: StepGraphon[][] = [], outs: Float32Array[] = [], dens: number[][] = [];
      for (let trial = 0; trial < trials; trial++) {
        const seed = deriveSeed(seedFrom(0), width, trial);
        using network = initialise(device, [784, width, width, width, 10], "he", { seed });
        using o = predict(network, batch.inputs);
        outs.push(await device.read(o.out));
        await prune(network, limitNamed(method).method, { sparsity, batch, seed });
        const g = [];
        for (const l of LAYERS) g.push((await sortAndSmooth(network.weights[l].mask!, GRID)).graphon);
        nets.push(g);
        const d: number[] = [];
        for (const w of network.weights) {
          d.push((await sortAndSmooth(w.mask!, 1)).graphon.density);
        }
        dens.push(d);
      }
      for (const order of f.orders.split(",") as LimitOrder[]) {
        const lim: StepGraphon[][] = [], ldens: number[][] = [];
        const t0 = performance.now();
        for (let trial = 0; trial < trials; trial++) {
          const seed = deriveSeed(seedFrom(7), trial);
          const limit = await limitNetwork(device, method, { inputs: 784, hidden: 3, classes: 10, width }, {
            sparsity,
            batch,
            order,
            seed,
            types: f.types ? Number(f.types) : width,
            outputs: f.cond ? outs[trial] : undefined,
          });
          ldens.push(limit.graphons.map((g) => g.density));
          const g = [];
          for (const l of LAYERS) {
            using mask = sampleFromGraphon(device, limit.graphons[l], width, width, {
              seed: deriveSeed(seed, 7),
              layer: l,
            });
            g.push((await sortAndSmooth(mask, GRID)).graphon);
          }
          lim.push(g);
        }
        const time = (performance.now() - t0) / trials / 1000;
        const m = (xs: number[][], l: number) => xs.reduce((s, v) => s + v[l], 0) / xs.length;
        const res = LAYERS.map((_, i) => {
          const D = new GraphonTrials(GRID), A = new GraphonTrials(GRID), B = new GraphonTrials(GRID);
          for (let t = 0; t < trials; t++) {
            D.add(new StepGraphon(GRID, GRID, nets[t][i].values.map((v, c) => v - lim[t][i].values[c])));
            A.add(nets[t][i]);
            B.add(lim[t][i]);
          }
          const dist = Math.sqrt(D.mean.values.reduce((s, v) => s + v * v, 0)),
            floor = Math.sqrt(D.squaredError!);
          // participation ratio
          const c = D.graphons.map((g) => g.values.map((v, k) => v - D.mean.values[k]));
          let tr = 0, tr2 = 0;
          for (let a = 0; a < trials; a++) {
            for (let b = 0; b < trials; b++) {
              let s = 0;
              for (let k = 0; k < c[0].length; k++) s += c[a][k] * c[b][k];
              if (a === b) tr += s;
              tr2 += s * s;
            }
          }
          return `${dist.toFixed(3)} (${floor.toFixed(3)}) ${(dist / floor).toFixed(2)} eff ${
            (trials * (A.squaredError! + B.squaredError!) / D.squaredError!).toFixed(1)
          } dim ${(tr * tr / tr2).toFixed(1)}`;
        });
        console.log(
          method,
          width,
          sparsity,
          order,
          f.cond ? "cond" : "",
          "|",
          res.join(" | "),
          "| net",
          [0, 1, 2, 3].map((l) => m(dens, l).toFixed(4)).join(" "),
          "| lim",
          [0, 1, 2, 3].map((l) => m(ldens, l).toFixed(4)).join(" "),
          time.toFixed(1) + "s",
        );
      }
    }
  }
}
