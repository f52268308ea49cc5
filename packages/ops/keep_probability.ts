import { defineOp } from "@graphon-limit/runtime";
import erfShader from "../../shaders/shared/erf.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import shader from "../../shaders/keep_probability.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";
import { normalDensity as density, normalSecond, normalTail } from "./normal_tail.ts";
import { keep_probability as assembly } from "./wasm/signatures.ts";

/**
 * The law of a weight divided by its deviation: standard normal, or uniform with variance 1.
 */
export type WeightLaw = "normal" | "uniform";

const MOMENTS = ["probability", "first", "second"] as const;

type Moment = typeof MOMENTS[number];

/**
 * The probability that a weight is kept whose score is ω times a `scale` [m, n], the weight integrated out in closed form
 * (docs/mathematics.md §5): `out = P(|ω · scale| > threshold)`, or with `signed` `P(ω · scale > threshold)`, ω of mean 0 and variance 1 of
 * the `law`. `moment` `first` gives `E[|ω| 1{kept}]` instead, `second` `E[ω² 1{kept}]`. A scale of 0 scores 0.
 */
export const keepProbability = defineOp({
  name: "keep_probability",
  shader: [grid, erfShader, shader],
  bindings: { scale: "f32", out: "f32 out" },
  params: { threshold: "f32" },
  options: {
    law: ["normal", "uniform"],
    moment: MOMENTS,
    signed: [false, true],
  },
  shapes: { scale: ["m", "n"], out: ["m", "n"] },
  panelled: ["scale", "out"],
  workgroups: ({ out }) => gridOf(out.rows * out.cols),
  reference({ scale, out }, { threshold, law, moment, signed }) {
    for (let i = 0; i < out.data.length; i++) {
      out.data[i] = keepMoment(scale.data[i], threshold, { law, moment, signed });
    }
  },
  accelerated({ scale, out }, { threshold, law, moment, signed }, { address, launch }) {
    const count = out.rows * out.cols, all = whole(law, moment), below = threshold < 0;
    launch(assembly.keep_probability, Math.ceil(count / assembly.PART_ELEMENTS), {
      scale: address(scale),
      out: address(out),
      count,
      level: Math.abs(threshold),
      moment: MOMENTS.indexOf(moment),
      uniform: Number(law === "uniform"),
      base: below ? all : 0,
      factor: signed ? (below ? -0.5 : 0.5) : Number(!below),
      zero: below ? all : 0,
    });
  },
});

/** What one element of {@linkcode keepProbability} is, in float64. */
export function keepMoment(
  scale: number,
  threshold: number,
  { law, moment = "probability", signed = false }: {
    law: WeightLaw;
    moment?: Moment;
    signed?: boolean;
  },
): number {
  if (scale === 0) return threshold < 0 ? whole(law, moment) : 0;
  const inside = beyond(Math.abs(threshold / scale), law, moment);
  if (threshold < 0) return signed ? whole(law, moment) - inside / 2 : whole(law, moment);
  return signed ? inside / 2 : inside;
}

/** The moment of a weight that is always kept. */
function whole(law: WeightLaw, moment: Moment): number {
  if (moment !== "first") return 1;
  return law === "uniform" ? Math.sqrt(3) / 2 : Math.sqrt(2 / Math.PI);
}

/** `P(|ω| > q)`, `E[|ω| 1{|ω| > q}]` or `E[ω² 1{|ω| > q}]`. */
function beyond(q: number, law: WeightLaw, moment: Moment): number {
  if (law === "uniform") {
    const share = Math.min(q / Math.sqrt(3), 1);
    if (moment === "first") return Math.sqrt(3) / 2 * (1 - share * share);
    return moment === "second" ? 1 - share ** 3 : 1 - share;
  }
  if (moment === "first") return density(q);
  return moment === "second" ? normalSecond(q) : normalTail(q);
}
