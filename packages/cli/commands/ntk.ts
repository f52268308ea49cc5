import { SafetensorsFile, SafetensorsWriter } from "@graphon-limit/data";
import { fanInMoments, StepGraphon } from "@graphon-limit/graphon";
import {
  empiricalKernel,
  GRAPHON_GRADIENTS,
  type GraphonGradients,
  graphonKernel,
  type KernelOutput,
  spectralMetrics,
  symmetricEigen,
  traceOf,
} from "@graphon-limit/ntk";
import { FormatError, InvalidArgumentError, type Matrix, show } from "@graphon-limit/runtime";
import type { Command } from "commander";
import type { RegisterAction } from "../shell/main.ts";
import { addMaskFlags, type MaskFlags, openMaskedNetwork } from "../shell/mask_flags.ts";
import { addModelFlags, loadNetwork } from "../shell/network_flags.ts";
import type { Session } from "../shell/session.ts";
import { number, oneOf, UsageError } from "../shell/usage.ts";
import { formatNumber } from "@graphon-limit/study";
import { formatTable } from "../terminal/table.ts";

interface NtkFlags extends MaskFlags {
  readonly graphons?: string;
  readonly secondMoments?: string;
  readonly inputs: string;
  readonly output?: KernelOutput;
  readonly gradients?: GraphonGradients;
  readonly weightVariance?: number;
  readonly out?: string;
}

/** The value of `--second-moments` that stands for what is no file; a file of that name is `./fan-in`. */
export const FAN_IN = "fan-in";

export function addNtk(program: Command, register: RegisterAction): void {
  const command = program.command("ntk")
    .description("The tangent kernel of a pruned network, or of graphons, and its spectrum.")
    .requiredOption("--inputs <file>", "safetensors file with the inputs, x [N, d] or its only 2-D tensor")
    .option("--weights <file>", "safetensors file with a network's weights [out, in], in natural order");
  addMaskFlags(command)
    .option(
      "--output <which>",
      "sum (default), trace (the mean over classes) or a class's number",
      parseOutput,
    )
    .option("--graphons <file>", "safetensors file with graphon.0 … graphon.L instead of a network")
    .option(
      "--second-moments <which>",
      "fan-in (weights drawn anew by each neuron's kept inputs: V(u, v) = P(u, v) / mean_v P(u, v)), or a safetensors " +
        "file with V(u, v) = E[w² M] / σ_w² of each layer, named as the graphons (default: the graphons)",
    )
    .option(
      "--gradients <which>",
      "masked (default: removed weights have no gradient) or variance (every weight trains)",
      oneOf("--gradients", GRAPHON_GRADIENTS),
    )
    .option(
      "--weight-variance <number>",
      "σ_w² of the graphon kernel (default: 1)",
      number("--weight-variance", "a positive number", (value) => value > 0),
    )
    .option("--out <file>", "safetensors file for the kernel: kernel [N, N], F32");
  addModelFlags(command).addHelpText(
    "after",
    "\nExamples:\n  deno task cli ntk --weights out/weights.safetensors --masks out/masks.safetensors \\\n" +
      "    --inputs out/inputs.safetensors --output trace --out out/kernel.safetensors\n" +
      "  deno task cli ntk --masks out/masks.safetensors --redraw fan-in --inputs out/inputs.safetensors\n" +
      "  deno task cli ntk --graphons out/graphons.safetensors --inputs out/inputs.safetensors --gradients masked",
  );
  register<NtkFlags>(command, async (session, flags) => {
    assertForm(flags);
    using kernel = flags.graphons === undefined
      ? await networkKernel(session, flags)
      : await kernelOfGraphons(session, flags, flags.graphons);
    const size = kernel.rows, values = await session.device.read(kernel);
    const { conditionNumber: _, ...metrics } = spectralMetrics(
      symmetricEigen(values, size).values,
      traceOf(values, size),
    );
    if (flags.out !== undefined) {
      using writer = SafetensorsWriter.create(flags.out, [
        { name: "kernel", dtype: "F32", shape: [size, size] },
      ]);
      writer.write("kernel", values);
      writer.close();
    }
    const { eigenvalues, ...numbers } = metrics;
    session.result(
      { device: session.device.info.kind, size, metrics, seconds: session.seconds },
      formatTable(
        [{ title: "metric" }, { title: "value", align: "right" }],
        [
          ...Object.entries(numbers).map(([name, value]) => [name, formatNumber(value)]),
          ...eigenvalues.map((value, k) => [`eigenvalue ${k + 1}`, formatNumber(value)]),
        ],
      ) + (flags.out === undefined ? "" : `\nkernel in ${flags.out}`),
    );
  });
}

/** Says which flags do not go together: those of a network with those of graphons. */
function assertForm(flags: NtkFlags): void {
  const network = ["weights", "masks", "redraw", "output", "parametrization"] as const;
  const graphon = ["secondMoments", "gradients", "weightVariance"] as const;
  if (flags.graphons === undefined && flags.weights === undefined && flags.redraw === undefined) {
    throw new UsageError("Expected --weights (with --masks) or --graphons");
  }
  const [strangers, form] = flags.graphons === undefined ? [graphon, "--weights"] : [network, "--graphons"];
  for (const name of strangers) {
    if (flags[name] !== undefined) {
      const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      throw new UsageError(`Expected --${flag} not to go with ${form}`);
    }
  }
}

function parseOutput(text: string): KernelOutput {
  if (text === "sum" || text === "trace") return text;
  if (/^\d+$/.test(text)) return Number(text);
  throw new UsageError(`Expected --output to be sum, trace or a class's number but found ${show(text)}`);
}

async function networkKernel(session: Session, flags: NtkFlags): Promise<Matrix> {
  using mlp = openMaskedNetwork(session, flags, () => loadNetwork(session, flags.weights!, flags)).mlp;
  using inputs = openInputs(
    session,
    flags.inputs,
    mlp.widths[0],
    `the network of ${flags.weights ?? flags.masks}`,
  );
  using progress = session.progress(1, "tangent kernel");
  return await empiricalKernel(mlp, inputs, {
    ...(flags.output === undefined ? {} : { output: flags.output }),
    onProgress: (done, total) => progress.update(done / total),
  });
}

async function kernelOfGraphons(session: Session, flags: NtkFlags, path: string): Promise<Matrix> {
  const graphons = readGraphons(path);
  const secondMoments = flags.secondMoments === undefined
    ? undefined
    : flags.secondMoments === FAN_IN
    ? fanInMoments(graphons)
    : readGraphons(flags.secondMoments);
  using inputs = openInputs(session, flags.inputs);
  using progress = session.progress(inputs.cols, "graphon kernel");
  const { activation, gradients, weightVariance } = flags;
  return await graphonKernel(graphons, inputs, {
    activation,
    ...(secondMoments === undefined ? {} : { secondMoments }),
    ...(gradients === undefined ? {} : { gradients }),
    ...(weightVariance === undefined ? {} : { weightVariance }),
    onProgress: (done) => progress.update(done),
  });
}

/** `graphon.0 … graphon.L` of a file, which may hold other tensors too. */
function readGraphons(path: string): StepGraphon[] {
  using file = SafetensorsFile.open(path);
  const graphons: StepGraphon[] = [];
  for (let layer = 0; file.has(`graphon.${layer}`); layer++) {
    const name = `graphon.${layer}`, { shape } = file.info(name);
    if (shape.length !== 2) {
      throw new FormatError(`${path}: expected ${name} to be a matrix but found ${shape.length} dimensions`);
    }
    const values = Float64Array.from(file.readFloat32(name));
    const bad = values.find((value) => !(value >= 0 && value < Infinity));
    if (bad !== undefined) {
      throw new FormatError(`${path}: expected ${name} to hold numbers of at least 0 but found ${bad}`);
    }
    graphons.push(new StepGraphon(shape[0], shape[1], values));
  }
  if (graphons.length === 0) {
    const names = file.tensors.slice(0, 4).map(({ name }) => name).join(", ");
    throw new FormatError(
      `${path}: expected graphon.0 and the layers after it but found ${names || "no tensor"}` +
        " (the command graphon writes them with --layers all)",
    );
  }
  return graphons;
}

/** The inputs [d, N] on the device: the file's tensor `x` [N, d], or the only 2-D tensor there is. */
function openInputs(session: Session, path: string, features?: number, whose?: string): Matrix {
  using file = SafetensorsFile.open(path);
  const flat = file.tensors.filter(({ shape }) => shape.length === 2);
  if (!file.has("x") && flat.length !== 1) {
    throw new FormatError(`${path}: expected a tensor x [N, d] or one 2-D tensor but found ${flat.length}`);
  }
  const name = file.has("x") ? "x" : flat[0].name;
  const { shape } = file.info(name);
  const [samples, dimension] = shape;
  if (shape.length !== 2 || samples === 0 || dimension === 0) {
    throw new FormatError(`${path}: expected ${name} of shape [N, d] but found [${shape.join(", ")}]`);
  }
  if (features !== undefined && dimension !== features) {
    throw new InvalidArgumentError(
      `${path}: expected ${name} to have ${features} columns, the inputs of ${whose}, but found ${dimension}`,
    );
  }
  const x = file.readFloat32(name);
  const columns = new Float32Array(x.length);
  for (let b = 0; b < samples; b++) {
    for (let j = 0; j < dimension; j++) {
      const value = x[b * dimension + j];
      if (!Number.isFinite(value)) {
        throw new FormatError(`${path}: ${name} holds ${value} in row ${b}, not finite`);
      }
      columns[j * samples + b] = value;
    }
  }
  return session.device.upload(columns, dimension, samples);
}
