import { basename } from "node:path";
import { FileSet, SafetensorsWriter } from "@graphon-limit/data";
import { type FigureSpec, linePlot, saveFigure } from "@graphon-limit/figures";
import {
  empiricalKernel,
  GRAPHON_GRADIENTS,
  type KernelOutput,
  spectralMetrics,
  symmetricEigenvalues,
  traceOf,
} from "@graphon-limit/ntk";
import { type Matrix, show } from "@graphon-limit/runtime";
import { formatNumber } from "@graphon-limit/study";
import { imageOfFile } from "../shell/batch_flags.ts";
import { defineCommand } from "../shell/command.ts";
import { noticeDisconnection } from "../shell/connection.ts";
import {
  inputFile,
  optional,
  outputFile,
  type Parse,
  required,
  text,
  type Values,
  withDefault,
} from "../shell/flags.ts";
import { prepareFigure } from "../shell/graphon_files.ts";
import { kernelOfGraphons } from "../shell/graphon_kernel.ts";
import { openInputs } from "../shell/kernel_inputs.ts";
import { MASK_FLAGS, MODEL_FLAGS, WEIGHTS_FLAGS } from "../shell/network_flags.ts";
import { KIND_FLAGS } from "../shell/network_kind.ts";
import { networkSource } from "../shell/network_source.ts";
import { prepareFile } from "../shell/output.ts";
import type { Session } from "../shell/session.ts";
import { listOf, number, oneOf, positive, refuse, UsageError } from "../shell/usage.ts";
import { formatTable } from "../terminal/table.ts";

const kernelOutput: Parse<KernelOutput> = (given, flag) => {
  if (given === "sum" || given === "trace") return given;
  if (/^\d+$/.test(given)) return Number(given);
  throw new UsageError(`Expected ${flag} to be sum, trace or a class's number but found ${show(given)}`);
};

/** Parameters that may be left out of a kernel, and what they are. */
const FIXED = ["norm", "position"] as const;
const FIXED_ROLES = { norm: ["gain", "shift"], position: ["position"] } as const;

const NTK_FLAGS = {
  inputs: required(
    "<file>",
    "file with the inputs, x [N, d] or [N, C, H, W]: safetensors, .npz or .npy",
    text,
    {
      access: "read",
    },
  ),
  ...WEIGHTS_FLAGS,
  ...KIND_FLAGS,
  ...MASK_FLAGS,
  output: optional(
    "<which>",
    "sum (default), trace (the mean over classes) or a class's number",
    kernelOutput,
  ),
  fixed: withDefault(
    "<list>",
    "parameters that do not train: norm (gains and shifts of normalisations), position",
    listOf(oneOf(FIXED)),
    [],
    { shown: "none" },
  ),
  graphons: inputFile("safetensors file with graphon.0 … graphon.L instead of a network"),
  secondMoments: optional(
    "<which>",
    "fan-in (weights drawn anew by each neuron's kept inputs: V(u, v) = P(u, v) / mean_v P(u, v)), or a safetensors " +
      "file with V(u, v) = E[w² M] / σ_w² of each layer, named as the graphons, or of limit, with the kept weights " +
      "themselves (default: the graphons)",
    text,
    { access: "read" },
  ),
  gradients: optional(
    "<which>",
    "masked (default: removed weights have no gradient) or variance (every weight trains)",
    oneOf(GRAPHON_GRADIENTS),
  ),
  weightVariance: optional("<number>", "σ_w² of the graphon kernel (default: 1)", positive),
  biasVariance: optional(
    "<number>",
    "σ_b² of the graphon kernel's biases, which train (default: 0: it has none)",
    number("a number of at least 0", (value) => value >= 0),
  ),
  out: outputFile("safetensors file for the kernel: kernel [N, N], F32"),
  figure: outputFile("the spectrum as .svg or .png"),
  ...MODEL_FLAGS,
};

type NtkFlags = Values<typeof NTK_FLAGS>;

export const ntk = defineCommand({
  name: "ntk",
  summary: "The tangent kernel of a pruned network, or of graphons, and its spectrum.",
  flags: NTK_FLAGS,
  examples: [
    "ntk --weights out/weights.safetensors --masks out/masks.safetensors \\\n" +
    "--inputs out/inputs.safetensors --output trace --out out/kernel.safetensors",
    "ntk --masks out/masks.safetensors --redraw fan-in --inputs out/inputs.safetensors",
    "ntk --graphons out/graphons.safetensors --inputs out/inputs.safetensors --gradients masked",
  ],
  async run(session, flags) {
    assertForm(flags);
    await prepareFigure(flags.figure);
    using prepared = new DisposableStack();
    for (const path of [flags.out, flags.figure]) {
      if (path !== undefined) prepared.use(prepareFile(path));
    }
    using kernel = flags.graphons === undefined
      ? await networkKernel(session, flags)
      : await kernelOfGraphons(session, { ...flags, graphons: flags.graphons });
    const size = kernel.rows, values = await session.device.read(kernel);
    const spectrum = await spectrumOf(session, values, size);
    const { conditionNumber: _, ...metrics } = spectralMetrics(spectrum, traceOf(values, size));
    using files = new FileSet();
    if (flags.out !== undefined) writeKernel(files, flags.out, size, values);
    if (flags.figure !== undefined) {
      await saveFigure(flags.figure, spectrumFigure(flags, spectrum), files.write);
    }
    files.close();
    const { eigenvalues, ...numbers } = metrics;
    session.result(
      { device: session.device.info.kind, size, metrics, seconds: session.seconds },
      formatTable(
        [{ title: "metric" }, { title: "value", align: "right" }],
        [
          ...Object.entries(numbers).map(([name, value]) => [name, formatNumber(value)]),
          ...eigenvalues.map((value, k) => [`eigenvalue ${k + 1}`, formatNumber(value)]),
        ],
      ) + filesOf(flags),
    );
  },
});

async function spectrumOf(session: Session, values: Float32Array, size: number): Promise<Float64Array> {
  using progress = session.progress(1, "spectrum");
  const onProgress = (done: number, total: number) => progress.update(done / total);
  return await symmetricEigenvalues(values, size, { signal: session.signal, onProgress });
}

function writeKernel(files: FileSet, path: string, size: number, values: Float32Array): void {
  const tensors = [{ name: "kernel", dtype: "F32", shape: [size, size] }] as const;
  using writer = SafetensorsWriter.create(path, tensors, undefined, files);
  writer.write("kernel", values);
  writer.close();
}

/** All eigenvalues that are above zero, in order. */
function spectrumFigure({ graphons, weights, masks }: NtkFlags, spectrum: ArrayLike<number>): FigureSpec {
  const values = Array.from(spectrum).filter((value) => value > 0);
  const name = graphons === undefined ? "network" : "graphons";
  return linePlot({
    series: [{ name, x: values.map((_, k) => k + 1), y: values }],
    title: `Tangent kernel of ${basename(graphons ?? weights ?? masks ?? "")}`,
    ...{ xLabel: "k", yLabel: "k-th eigenvalue", logX: true, logY: true, points: false },
  });
}

function filesOf({ out, figure }: NtkFlags): string {
  const named = [out && `kernel in ${out}`, figure && `figure in ${figure}`].filter((line) => line);
  return named.length > 0 ? `\n${named.join("; ")}` : "";
}

/** Says which flags do not go together: those of a network with those of graphons. */
function assertForm(flags: NtkFlags): void {
  if (flags.graphons !== undefined) {
    return refuse(flags, [
      "weights",
      "bias",
      "order",
      "transpose",
      "masks",
      "redraw",
      "output",
      "parametrization",
    ], "--graphons");
  }
  if (flags.weights === undefined && flags.redraw === undefined) {
    throw new UsageError("Expected --weights (with --masks) or --graphons");
  }
  refuse(flags, ["secondMoments", "gradients", "weightVariance", "biasVariance"], "--weights");
}

async function networkKernel(session: Session, flags: NtkFlags): Promise<Matrix> {
  using source = await networkSource(session, flags, { image: imageOfFile(flags.inputs) });
  using network = source.open();
  await noticeDisconnection(session, network);
  using inputs = openInputs(
    session,
    flags.inputs,
    network.features,
    `the network of ${source.name}`,
  );
  using progress = session.progress(1, "tangent kernel");
  return await empiricalKernel(network, inputs, {
    output: flags.output,
    fixed: flags.fixed.flatMap((what) => [...FIXED_ROLES[what]]),
    signal: session.signal,
    onProgress: (done, total) => progress.update(done / total),
  });
}
