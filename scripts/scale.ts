// Time and memory against width, scores to histograms: every method at growing widths, a process each, so that the most memory
// each had resident is its own. What the tasks in --out have is not measured again.
//
//   deno run --allow-read --allow-write --allow-run=sh --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/scale.ts \
//     --data-dir ../shared/data/mnist --out out/scale --report docs/results/scale.md

import { parseArgs } from "node:util";
import { loadDataset, writeFileAtomically } from "@graphon-limit/data";
import { linePlot, renderSvg } from "@graphon-limit/figures";
import { fitRate } from "@graphon-limit/graphon";
import { WEIGHT_STORAGES, type WeightStorage } from "@graphon-limit/model";
import { type Method, methodNamed, snip } from "@graphon-limit/pruners";
import { type DeviceKind, formatBytes, GraphonLimitError, openDevice } from "@graphon-limit/runtime";
import { dataRef, FolderStore, Laboratory, registerKind, runTasks } from "@graphon-limit/study";
import type { PointParams, PointResult } from "./scale_point.ts";

const { values: flags } = parseArgs({
  options: {
    methods: { type: "string", default: "random,magnitude,snip,grasp,synflow" },
    widths: { type: "string", default: "100,300,1000,3000,10000" },
    /** Widths beyond, for SNIP with regenerated weights. */
    large: { type: "string", default: "20000,30000,50000" },
    device: { type: "string", default: "cpu" },
    /** A folder with MNIST; digits are generated without it. */
    "data-dir": { type: "string" },
    out: { type: "string", default: "out/scale" },
    report: { type: "string" },
  },
});

const dataDir = flags["data-dir"];

/** What the report says of a point. */
type Point = Pick<PointParams, "method" | "width" | "weights"> & { readonly device: string } & PointResult;

/** Below this width the program's own memory and the starting of threads are most of what is seen. */
const FIT_FROM = 1000;

/** Digits to take the samples from, where they are generated. */
const GENERATED = 2000;

const scalePoint = registerKind<PointParams, PointResult>({
  name: "scale-point",
  version: 1,
  describe: ({ method, width, weights }) => `${method} ${width} ${weights}`,
  async compute(lab, params) {
    // The images are loaded over there: here they only have to be the same.
    lab.dataset(params.data);
    const command = ["deno", "run", "-q", "--no-prompt", "--allow-read"];
    command.push("--allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND", "scripts/scale_point.ts");
    command.push(JSON.stringify(params), ...(dataDir === undefined ? [] : [dataDir]));
    // A process's peak memory counts from that of the one that started it, so that a shell, which has none, starts it.
    const args = ["-c", '"$@"; exit $?', "sh", ...command];
    const { success, stdout, stderr } = await new Deno.Command("sh", { args }).output();
    if (!success) {
      const { method, width } = params;
      throw new GraphonLimitError(`${method} at width ${width} failed: ${new TextDecoder().decode(stderr)}`);
    }
    return JSON.parse(new TextDecoder().decode(stdout)) as PointResult;
  },
});

const methods = flags.methods.split(",").map(methodNamed);
const widths = numbers(flags.widths), large = numbers(flags.large);
using device = await openDevice({ kind: flags.device as DeviceKind });
const dataset =
  await (dataDir === undefined
    ? loadDataset("digits", { count: GENERATED })
    : loadDataset("mnist", { dataDir }));
const data = { ref: await dataRef(dataset), dataset };
const store = new FolderStore(`${flags.out}/tasks`, (fault) => console.error(fault));
using lab = new Laboratory({ device, store, data });
const params = [
  ...widths.flatMap((width) =>
    WEIGHT_STORAGES.flatMap((weights) => methods.map((method) => paramsOf(method, width, weights)))
  ),
  ...(methods.includes(snip) ? large.map((width) => paramsOf(snip, width, "regenerated")) : []),
];
await runTasks(lab, params.map(scalePoint.task), {
  // What is timed has nothing beside it.
  inFlight: 1,
  onTask: (done, what) => console.error(`${done}/${params.length} ${what}`),
});
const points = await Promise.all(params.map(pointOf));
for (const { method, width, weights, seconds, residentBytes } of points) {
  console.error(`${method} ${width} ${weights}: ${seconds.toFixed(2)} s, ${formatBytes(residentBytes)}`);
}
if (flags.report) await writeReport(flags.report, points);

function numbers(list: string): number[] {
  return list.split(",").filter((text) => text !== "").map(Number);
}

function paramsOf({ name: method, rounds = 1 }: Method, width: number, weights: WeightStorage): PointParams {
  const { kind, name } = device.info;
  return {
    ...{ device: { kind, name }, data: data.ref, seed: 0, method, rounds, sparsity: 0.8 },
    ...{ width, hidden: 4, initialiser: "he", weights, samplesPerClass: 10 },
  };
}

async function pointOf(params: PointParams): Promise<Point> {
  const { method, width, weights, device: { name } } = params;
  return { method, width, weights, device: name, ...await lab.get(scalePoint.task(params)) };
}

interface Curve {
  readonly method: string;
  readonly weights: string;
  readonly points: readonly Point[];
  readonly timeExponent: number | undefined;
  readonly residentExponent: number | undefined;
  readonly deviceExponent: number | undefined;
  /** Of what the device holds without mask bits. */
  readonly restExponent: number | undefined;
}

/** The points of each method and way to store weights, with the exponents of their growth from width 1,000 on. */
function curvesOf(points: readonly Point[]): Curve[] {
  return methods.flatMap(({ name: method }) =>
    WEIGHT_STORAGES.map((weights) => {
      const own = points.filter((point) => point.method === method && point.weights === weights);
      const exponent = (quantity: (point: Point) => number) => {
        const fitted = own.filter(({ width }) => width >= FIT_FROM);
        if (fitted.length < 2) return undefined;
        return -fitRate(fitted.map((point) => ({ n: point.width, distance: quantity(point) }))).exponent;
      };
      return {
        method,
        weights,
        points: own,
        timeExponent: exponent(({ seconds }) => seconds),
        residentExponent: exponent(({ residentBytes }) => residentBytes),
        deviceExponent: exponent(({ deviceBytes }) => deviceBytes),
        restExponent: exponent(({ deviceBytes, maskBytes }) => deviceBytes - maskBytes),
      };
    })
  ).filter(({ points }) => points.length > 0);
}

async function writeReport(path: string, points: readonly Point[]): Promise<void> {
  const curves = curvesOf(points), base = path.replace(/\.md$/, "");
  const ticks = [...widths, ...large];
  const figure = async (name: string, yLabel: string, quantity: (point: Point) => number) => {
    const series = curves.map(({ method, weights, points }) => ({
      name: method,
      variant: `weights ${weights}`,
      x: points.map(({ width }) => width),
      y: points.map(quantity),
    }));
    const plot = linePlot({ series, xLabel: "width", yLabel, logX: true, logY: true, xTicks: ticks });
    writeFileAtomically(`${base}-${name}.svg`, await renderSvg(plot));
  };
  await figure("time", "seconds, scores to histograms", ({ seconds }) => seconds);
  await figure("memory", "peak resident memory, GiB", ({ residentBytes }) => residentBytes / 2 ** 30);
  writeFileAtomically(`${base}.json`, JSON.stringify({ curves }, null, 2) + "\n");
  writeFileAtomically(path, reportOf(curves, base.replace(/^.*\//, "")));
}

function reportOf(curves: readonly Curve[], name: string): string {
  const show = (value: number | undefined) => value === undefined ? "" : value.toFixed(2);
  const all = curves.flatMap(({ points }) => points);
  return [
    "# Time and memory against width",
    "",
    "One trial from weights to histograms: four hidden layers, 784 inputs, 10 outputs, 80 % removed, one threshold for all",
    `layers, 100 samples, SynFlow in 100 rounds. Device: ${
      [...new Set(all.map(({ device }) => device))].join("; ")
    }.`,
    "Every line is a process of its own; *resident* is the most memory that process ever had, *device* the most its",
    "matrices took, *planned* what `doctor` and `prune` foretell, *masks* the bits among it. With kept weights memory is",
    "two floats a weight; with regenerated ones it is mask bits, vectors, and panels that stop growing at 128 MiB (width 5,800).",
    "",
    `![Time against width](${name}-time.svg)`,
    "",
    `![Memory against width](${name}-memory.svg)`,
    "",
    `Exponents of growth, from width ${FIT_FROM} on (least squares of logarithms; the program itself has some 130 MiB resident):`,
    "",
    "| method | weights | time | resident memory | device memory | without mask bits |",
    "| --- | --- | ---: | ---: | ---: | ---: |",
    ...curves.map((curve) => {
      const { method, weights, timeExponent, residentExponent, deviceExponent, restExponent } = curve;
      const exponents = [timeExponent, residentExponent, deviceExponent, restExponent];
      return `| ${method} | ${weights} | ${exponents.map(show).join(" | ")} |`;
    }),
    "",
    "| method | width | weights | seconds | resident | device | planned | masks |",
    "| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: |",
    ...all.map((point) =>
      `| ${point.method} | ${point.width} | ${point.weights} | ${point.seconds.toFixed(2)} | ${
        [point.residentBytes, point.deviceBytes, point.plannedBytes, point.maskBytes].map(formatBytes).join(
          " | ",
        )
      } |`
    ),
    "",
    "```sh",
    "deno run --allow-read --allow-write --allow-run=sh --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND \\",
    "  scripts/scale.ts --data-dir … --out out/scale --report docs/results/scale.md",
    "```",
    "",
  ].join("\n");
}
