import { type AnyOp, formatBytes, InvalidArgumentError, wordsPerBitRow } from "@graphon-limit/runtime";
import type { CasesAtWidth, HostMatrix, SampleCase } from "@graphon-limit/ops/cases";

/** Bytes an argument takes on the device. */
function bytesOf({ rows, cols, bits, type }: HostMatrix): number {
  return rows * (bits || type === "bits" ? wordsPerBitRow(cols) : cols) * 4;
}

/** Bytes that one run of a case reads and writes: every argument once, twice if the op does both with it. */
export function trafficOf(op: AnyOp, { args, bytes }: SampleCase): number {
  if (bytes !== undefined) return bytes;
  let total = 0;
  for (const name in args) {
    const arg = args[name];
    if (arg) total += bytesOf(arg) * (op.bindings[name].includes("inout") ? 2 : 1);
  }
  return total;
}

/** A rate in billions a second, of operations where a case counts them and of bytes elsewhere. */
export interface Rate {
  readonly unit: "flops" | "bytes";
  readonly value: number;
}

/** How fast a case runs that takes `milliseconds`. */
export function rateOf(op: AnyOp, benchCase: SampleCase, milliseconds: number): Rate {
  const { flops } = benchCase;
  return flops === undefined
    ? { unit: "bytes", value: trafficOf(op, benchCase) / milliseconds / 1e6 }
    : { unit: "flops", value: flops / milliseconds / 1e6 };
}

/** `22.7 GFLOP/s` or `9.31 GB/s`. */
export function formatRate({ unit, value }: Rate): string {
  return `${formatNumber(value)} ${unit === "flops" ? "GFLOP/s" : "GB/s"}`;
}

/** A positive number to three digits, never in powers of ten: `0.0123`, `9.31`, `1234`. */
export function formatNumber(value: number): string {
  const digits = value > 0 ? Math.max(0, 2 - Math.floor(Math.log10(value))) : 0;
  return value.toFixed(Math.min(digits, 9));
}

/** The ops of the catalogue that the table lacks and the names in the table that are no op's, as one line; or nothing. */
export function findGaps(
  catalogue: readonly AnyOp[],
  table: Readonly<Record<string, CasesAtWidth>>,
): string | undefined {
  const names = catalogue.map(({ name }) => name);
  const lacking = names.filter((name) => !Object.hasOwn(table, name));
  const stale = Object.keys(table).filter((name) => !names.includes(name));
  const parts: string[] = [];
  if (lacking.length > 0) parts.push(`no bench case for ${lacking.join(", ")}`);
  if (stale.length > 0) parts.push(`bench cases for ${stale.join(", ")}, which the catalogue lacks`);
  return parts.length > 0 ? `packages/ops/cases/sample_cases.ts: ${parts.join("; ")}` : undefined;
}

/** The ops named, in the catalogue's order; all of them where no name is given. */
export function chooseOps(catalogue: readonly AnyOp[], names: readonly string[]): readonly AnyOp[] {
  const unknown = names.filter((name) => !catalogue.some((op) => op.name === name));
  if (unknown.length > 0) {
    throw new InvalidArgumentError(
      `Expected ops of ${catalogue.map(({ name }) => name).join(", ")} but found ${unknown.join(", ")}`,
    );
  }
  return names.length === 0 ? catalogue : catalogue.filter(({ name }) => names.includes(name));
}

/** What a case's matrices take, for the table: `12 MiB`. */
export function formatTraffic(op: AnyOp, benchCase: SampleCase): string {
  return formatBytes(trafficOf(op, benchCase));
}
