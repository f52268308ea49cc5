import { parseArgs } from "node:util";
import { GraphonTrials, sortAndSmooth, StepGraphon } from "@graphon-limit/graphon";
import { limitGraphon, limitNamed, limitNetwork } from "@graphon-limit/limit";
import { initialise } from "@graphon-limit/model";
import { prune } from "@graphon-limit/pruners";
import { deriveSeed, openDevice, seedFrom } from "@graphon-limit/runtime";
const { values: f } = parseArgs({
  options: {
    widths: { type: "string", default: "500" },
    sparsities: { type: "string", default: "0.95" },
    trials: { type: "string", default: "12" },
    draws: { type: "string", default: "12" },
    orders: { type: "string", default: "finite" },
    types: { type: "string" },
  },
});
using device = await openDevice({ kind: "cpu" });
const LAYERS = [1, 2], GRID = 64, trials = Number(f.trials), draws = Number(f.draws);
for (const width of f.widths.split(",").map(Number)) {
  for (const sparsity of f.sparsities.split(",").map(Number)) {
    const path = `/tmp/l18/sfnet_${width}_${sparsity}_${trials}.json`;
    let data: { h: number[][][]; d: number[][]; dead: number[][] };
    try {
      data = JSON.parse(await Deno.readTextFile(path));
    } catch {
      data = { h: [], d: [], dead: [] };
      for (let trial = 0; trial < trials; trial++) {
        const seed = deriveSeed(seedFrom(0), width, trial);
        using network = initialise(device, [784, width, width, width, 10], "he", { seed });
        await prune(network, limitNamed("synflow").method, { sparsity, seed });
        const h: number[][] = [], d: number[] = [], dead: number[] = [];
        for (const l of LAYERS) {
          h.push([...(await sortAndSmooth(network.weights[l].mask!, GRID)).graphon.values]);
        }
        for (const w of network.weights) {
          d.push((await sortAndSmooth(w.mask!, 1)).graphon.density);
          const full = await sortAndSmooth(w.mask!, Math.min(w.rows, w.cols));
          dead.push(
            [...full.graphon.degrees().outputs].filter((x) => x === 0).length / w.rows,
          );
        }
        data.h.push(h);
        data.d.push(d);
        data.dead.push(dead);
      }
      await Deno.writeTextFile(path, JSON.stringify(data));
    }
    const mean = (xs: number[][], l: number) => xs.reduce((s, v) => s + v[l], 0) / xs.length;
    for (const order of f.orders.split(",") as ("finite" | "strict")[]) {
      const t0 = performance.now();
      const lim = LAYERS.map(() => new GraphonTrials(GRID)), d: number[][] = [], dead: number[][] = [];
      for (let t = 0; t < draws; t++) {
        const layers = await limitGraphon(device, "synflow", { inputs: 784, hidden: 3, classes: 10, width }, {
          sparsity,
          order,
          seed: deriveSeed(seedFrom(7), t),
          outputDraws: 1,
          types: f.types ? Number(f.types) : Math.min(width, 1000),
        });
        LAYERS.forEach((l, i) => lim[i].add(layers[l].graphon));
        d.push(layers.map((l) => l.density));
        dead.push(layers.map((l) => l.deadOutputs));
      }
      const time = (performance.now() - t0) / draws / 1000;
      const res = LAYERS.map((_, i) => {
        const A = new GraphonTrials(GRID);
        for (const h of data.h) A.add(new StepGraphon(GRID, GRID, Float64Array.from(h[i])));
        const a = A.mean.values, b = lim[i].mean.values;
        const dist = Math.sqrt(a.reduce((s, v, k) => s + (v - b[k]) ** 2, 0)),
          floor = Math.sqrt(A.squaredError! + lim[i].squaredError!);
        const ra = [...new StepGraphon(GRID, GRID, a).degrees().outputs],
          rb = [...new StepGraphon(GRID, GRID, b).degrees().outputs];
        return `${dist.toFixed(3)} (${floor.toFixed(3)}) ${(dist / floor).toFixed(2)}` +
          (Deno.env.get("V")
            ? "\n   rows net " + ra.filter((_, k) => k % 4 === 0).map((v) => v.toFixed(3)).join(" ") +
              "\n   rows lim " + rb.filter((_, k) => k % 4 === 0).map((v) => v.toFixed(3)).join(" ")
            : "");
      });
      console.log(
        width,
        sparsity,
        order,
        res.join(" | "),
        "| net",
        [0, 1, 2, 3].map((l) => mean(data.d, l).toFixed(4)).join(" "),
        "| lim",
        [0, 1, 2, 3].map((l) => mean(d, l).toFixed(4)).join(" "),
        "| dead",
        [1, 2].map((l) => mean(data.dead, l).toFixed(3) + " " + mean(dead, l).toFixed(3)).join(", "),
        time.toFixed(1) + "s",
      );
    }
  }
}
