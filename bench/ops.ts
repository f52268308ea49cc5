/**
 * Measures every op of the catalogue on the WebGPU device and on the CPU device: time, rate, and the fraction of the most
 * the machine does, which is measured in the same run.
 *
 *     deno task bench [op…] [--device webgpu|cpu] [--backend deno|dawn|auto] [--widths 256,1024,2048] [--time 300]
 *         [--python /usr/bin/python3] [--out results.md|results.json]
 *
 * The table goes to stdout; nothing is written without `--out`. An op without a case in `packages/ops/cases/sample_cases.ts` is an
 * error.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { writeFileAtomically } from "@graphon-limit/data";
import { catalogue } from "@graphon-limit/ops";
import { type SampleCase, sampleCases as cases } from "@graphon-limit/ops/cases";
import {
  type AnyOp,
  assertCount,
  BACKEND_KINDS,
  type Device,
  GraphonLimitError,
  InvalidArgumentError,
  openDevice,
  OutOfDeviceMemoryError,
} from "@graphon-limit/runtime";
import { chooseOps, findGaps, formatRate, formatTraffic, rateOf } from "./case.ts";
import { type Ceiling, fractionOf, measureCeiling } from "./ceiling.ts";
import { installedDawn } from "./installed_dawn.ts";
import { measure, measureOverhead } from "./measure.ts";
import { formatTime, markdownTables, type OpRow, type OpTable, textLine } from "./op_table.ts";

const DEVICES = ["webgpu", "cpu"] as const;

/** A run expected to take longer is left out: a batch and its neighbours would take a minute. */
const LONGEST_RUN_MS = 4000;

function readOptions(args: string[]) {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      device: { type: "string" },
      backend: { type: "string", default: "deno" },
      widths: { type: "string", default: "256,1024,2048" },
      time: { type: "string", default: "300" },
      python: { type: "string", default: "/usr/bin/python3" },
      out: { type: "string" },
    },
  });
  const devices = DEVICES.filter((kind) => values.device === undefined || values.device === kind);
  if (devices.length === 0) {
    throw new InvalidArgumentError(`Expected --device of ${DEVICES.join(", ")} but found ${values.device}`);
  }
  const backend = BACKEND_KINDS.find((kind) => kind === values.backend);
  if (backend === undefined) {
    throw new InvalidArgumentError(
      `Expected --backend of ${BACKEND_KINDS.join(", ")} but found ${values.backend}`,
    );
  }
  const widths = values.widths.split(",").map(Number).toSorted((a, b) => a - b), time = Number(values.time);
  for (const width of widths) assertCount("--widths", width, 1);
  assertCount("--time", time, 1);
  return { names: positionals, devices, backend, widths, time, python: values.python, out: values.out };
}

interface Setting {
  readonly device: Device;
  readonly ceiling: Ceiling;
  readonly overhead: number;
  readonly time: number;
}

async function measureCase(op: AnyOp, benchCase: SampleCase, setting: Setting): Promise<OpRow> {
  const { device, ceiling, overhead, time } = setting;
  const row = { op: op.name, size: benchCase.size, memory: formatTraffic(op, benchCase) };
  try {
    const timing = await measure(device, op, benchCase, overhead, time);
    const rate = rateOf(op, benchCase, timing.median);
    return { ...row, timing, rate: formatRate(rate), fraction: fractionOf(ceiling, rate.unit, rate.value) };
  } catch (error) {
    if (error instanceof OutOfDeviceMemoryError) return { ...row, note: "does not fit the device" };
    throw error;
  }
}

/** The rows of an op, smaller widths first; what a larger one would take is judged by the one before. */
async function* measureOp(op: AnyOp, widths: readonly number[], setting: Setting): AsyncGenerator<OpRow> {
  const seen = new Set<string>();
  let before: { width: number; slowest: number } | undefined;
  for (const width of widths) {
    const expected = before ? before.slowest * (width / before.width) ** 3 : 0;
    let slowest = 0;
    if (expected > LONGEST_RUN_MS) {
      yield {
        op: op.name,
        size: `width ${width}`,
        memory: "",
        note: `left out: some ${formatTime(expected)}`,
      };
      return;
    }
    for (const benchCase of cases[op.name](width)) {
      // An op whose cost has nothing to do with the width has the same case at each.
      if (seen.has(benchCase.size)) continue;
      seen.add(benchCase.size);
      const row = await measureCase(op, benchCase, setting);
      slowest = Math.max(slowest, row.timing?.median ?? 0);
      yield row;
    }
    before = { width, slowest };
  }
}

async function main(args: string[]): Promise<void> {
  const gaps = findGaps(catalogue, cases);
  if (gaps !== undefined) throw new InvalidArgumentError(gaps);
  const { names, devices, backend, widths, time, python, out } = readOptions(args);
  const ops = chooseOps(catalogue, names);

  const tables: OpTable[] = [];
  for (const kind of devices) {
    const dawn = backend === "deno" ? undefined : installedDawn();
    using device = await openDevice(kind === "webgpu" ? { kind, backend, dawn } : { kind });
    const overhead = await measureOverhead(device);
    const ceiling = await measureCeiling(device, python, overhead);
    const rows: OpRow[] = [];
    const { kind: opened, name, software } = device.info;
    const table = { device: name, hardware: opened === "webgpu" && !software, ceiling, overhead, rows };
    tables.push(table);
    console.log(`\n${table.device}; submitting and waiting alone takes ${formatTime(overhead)}`);
    console.log(`the ceiling: ${ceiling.text}\n`);
    console.log(textLine());
    for (const op of ops) {
      for await (const row of measureOp(op, widths, { device, ceiling, overhead, time })) {
        rows.push(row);
        console.log(textLine(row));
      }
      // Kept as it grows: a run that is stopped leaves what it measured.
      if (out !== undefined) writeFileAtomically(out, render(out, tables));
    }
  }
}

function render(path: string, tables: readonly OpTable[]): string {
  return path.endsWith(".md") ? markdownTables(tables) : `${JSON.stringify(tables, null, 2)}\n`;
}

try {
  await main(Deno.args);
} catch (error) {
  const usage = error instanceof TypeError && "code" in error;
  if (!(error instanceof GraphonLimitError) && !usage) throw error;
  console.error(error.message);
  Deno.exit(1);
}
