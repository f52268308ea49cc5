/**
 * Measures every op of the catalogue on the WebGPU device and on the CPU device.
 *
 *     deno task bench [op…] [--device webgpu|cpu] [--widths 256,1024] [--time 300] [--out results.json]
 *
 * The table goes to stdout; nothing is written without `--out`. An op without a case in `packages/ops/sample_cases.ts` is an error.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { catalogue, sampleCases as cases } from "@graphon-limit/ops";
import { assertCount, GraphonLimitError, InvalidArgumentError, openDevice } from "@graphon-limit/runtime";
import { chooseOps, findGaps, formatNumber, formatRate, formatTraffic } from "./case.ts";
import { measure, measureOverhead, type Timing } from "./measure.ts";

/** One line of the table. */
interface Row extends Timing {
  readonly op: string;
  readonly size: string;
  readonly device: string;
  readonly rate: string;
}

const DEVICES = ["webgpu", "cpu"] as const;

function readOptions(args: string[]) {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      device: { type: "string" },
      widths: { type: "string", default: "256,1024" },
      time: { type: "string", default: "300" },
      out: { type: "string" },
    },
  });
  const devices = DEVICES.filter((kind) => values.device === undefined || values.device === kind);
  if (devices.length === 0) {
    throw new InvalidArgumentError(`Expected --device of ${DEVICES.join(", ")} but found ${values.device}`);
  }
  const widths = values.widths.split(",").map(Number), time = Number(values.time);
  for (const width of widths) assertCount("--widths", width, 1);
  assertCount("--time", time, 1);
  return { names: positionals, devices, widths, time, out: values.out };
}

async function main(args: string[]): Promise<void> {
  const gaps = findGaps(catalogue, cases);
  if (gaps !== undefined) throw new InvalidArgumentError(gaps);
  const { names, devices, widths, time, out } = readOptions(args);
  const ops = chooseOps(catalogue, names);

  const rows: Row[] = [];
  for (const kind of devices) {
    using device = await openDevice({ kind });
    const overhead = await measureOverhead(device);
    console.log(`\n${device.info.name}; submitting and waiting alone takes ${formatTime(overhead)}\n`);
    console.log(line(["op", "size", "memory", "median", "fastest", "rate", "batches"]));
    for (const op of ops) {
      // An op whose cost has nothing to do with the width has the same case at each.
      const distinct = new Map(
        widths.flatMap((width) => cases[op.name](width)).map((each) => [each.size, each]),
      );
      for (const benchCase of distinct.values()) {
        const timing = await measure(device, op, benchCase, overhead, time);
        const rate = formatRate(op, benchCase, timing.median);
        const { size } = benchCase;
        rows.push({ op: op.name, size, device: device.info.name, rate, ...timing });
        console.log(line([
          op.name,
          size,
          formatTraffic(op, benchCase),
          formatTime(timing.median),
          formatTime(timing.fastest),
          rate,
          `${timing.samples}×${timing.runs}`,
        ]));
      }
    }
  }
  if (out !== undefined) await Deno.writeTextFile(out, `${JSON.stringify(rows, null, 2)}\n`);
}

/** The columns of the table: two of text, to the left; the others, numbers, to the right. */
function line(cells: readonly string[]): string {
  const widths = [24, 36, 10, 11, 11, 15, 10];
  return cells.map((cell, i) => i < 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join(" ")
    .trimEnd();
}

function formatTime(milliseconds: number): string {
  return `${formatNumber(milliseconds)} ms`;
}

try {
  await main(Deno.args);
} catch (error) {
  const usage = error instanceof TypeError && "code" in error;
  if (!(error instanceof GraphonLimitError) && !usage) throw error;
  console.error(error.message);
  Deno.exit(1);
}
