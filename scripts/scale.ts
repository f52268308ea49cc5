// Time and memory against width, scores to histograms: every method at growing widths, a process each, so that the most memory
// each had resident is its own. What is measured already in --out is not measured again.
//
//   deno run --allow-read --allow-write --allow-run=deno --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/scale.ts \
//     --data-dir ../shared/data/mnist --out out/scale --report docs/results/scale.md

import { parseArgs } from "node:util";
import { writeFileAtomically } from "@graphon-limit/data";
import { fitRate } from "@graphon-limit/graphon";
import { formatBytes, GraphonLimitError } from "@graphon-limit/runtime";

const { values: flags } = parseArgs({
  options: {
    methods: { type: "string", default: "random,magnitude,snip,grasp,synflow" },
    widths: { type: "string", default: "100,300,1000,3000,10000" },
    /** Widths beyond, for SNIP with regenerated weights. */
    large: { type: "string", default: "20000,30000,50000" },
    device: { type: "string", default: "cpu" },
    "data-dir": { type: "string", default: "" },
    out: { type: "string", default: "out/scale" },
    report: { type: "string" },
  },
});

/** What scripts/scale_point.ts prints. */
interface Point {
  readonly method: string;
  readonly width: number;
  readonly weights: "kept" | "regenerated";
  readonly device: string;
  readonly seconds: number;
  readonly pruneSeconds: number;
  readonly residentBytes: number;
  readonly deviceBytes: number;
  readonly plannedBytes: number;
  readonly maskBytes: number;
}

/** Below this width the program's own memory and the starting of threads are most of what is seen. */
const FIT_FROM = 1000;

const methods = flags.methods.split(","), widths = numbers(flags.widths), large = numbers(flags.large);
const points: Point[] = [];
await Deno.mkdir(flags.out, { recursive: true });
for (const width of [...widths, ...large]) {
  for (const weights of ["kept", "regenerated"] as const) {
    for (const method of methods) {
      if (large.includes(width) && (method !== "snip" || weights === "kept")) continue;
      points.push(await measured(method, width, weights));
    }
  }
}
if (flags.report) await writeReport(flags.report, points);

function numbers(list: string): number[] {
  return list.split(",").filter((text) => text !== "").map(Number);
}

/** A point, from its file where that is there. */
async function measured(method: string, width: number, weights: string): Promise<Point> {
  const path = `${flags.out}/${method}-${width}-${weights}.json`;
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const args = ["run", "-q", "--no-prompt", "--allow-read"];
  args.push("--allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND", "scripts/scale_point.ts");
  args.push(method, String(width), weights, flags.device, flags["data-dir"]);
  const { success, stdout, stderr } = await new Deno.Command("deno", { args }).output();
  if (!success) {
    throw new GraphonLimitError(`${method} at width ${width} failed: ${new TextDecoder().decode(stderr)}`);
  }
  const text = new TextDecoder().decode(stdout), point: Point = JSON.parse(text);
  writeFileAtomically(path, text);
  console.error(
    `${method} ${width} ${weights}: ${point.seconds.toFixed(2)} s, ${formatBytes(point.residentBytes)}`,
  );
  return point;
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
  return methods.flatMap((method) =>
    ["kept", "regenerated"].map((weights) => {
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
  // Imported here: a process's peak memory counts from that of the one that started it.
  const { linePlot, renderSvg } = await import("@graphon-limit/figures");
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
    "deno run --allow-read --allow-write --allow-run=deno --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND \\",
    "  scripts/scale.ts --data-dir … --out out/scale --report docs/results/scale.md",
    "```",
    "",
  ].join("\n");
}
