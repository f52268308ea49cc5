import type { DeviceInfo } from "@graphon-limit/runtime";
import { barsOf, formatBars, productRate } from "./bars.ts";
import { formatNumber } from "./case.ts";
import type { JobResult, PeerResult } from "./contest.ts";
import type { Job } from "./jobs.ts";
import type { Contender } from "./peer.ts";

/** The table's first two lines. */
export function tableHead(peers: readonly Contender[]): string {
  const columns = ["job", "graphon-limit", ...peers.flatMap(({ column }) => [column, "ratio"])];
  const head = `| ${[...columns, "bar", "results agree to"].join(" | ")} |`;
  const numbers = new Array<string>(columns.length - 1).fill("---:");
  return `${head}\n| --- | ${numbers.join(" | ")} | --- | --- |`;
}

/** Who took part in a contest, and in how many runs each. */
export interface Field {
  readonly peers: readonly Contender[];
  readonly referee: Contender | undefined;
  readonly runs: number;
}

/**
 * A job's line: each time, with the runs that it is a median of where they are fewer than asked for, each ratio of ours to the peer's,
 * and the bars against the referee among the peers.
 */
export function tableLine(
  job: Job,
  result: JobResult,
  { peers, referee, runs }: Field,
  device: DeviceInfo,
): string {
  const { ours } = result;
  const cells = [job.name, timeCell(job, ours) + runsText(result.runs, runs)];
  const agreements: string[] = [];
  for (const peer of peers) {
    const theirs = result.peers.get(peer);
    cells.push(...peerCells(job, ours, theirs, runs));
    if (theirs?.agreement?.holds) agreements.push(theirs.agreement.text);
  }
  const theirs = referee && result.peers.get(referee)?.milliseconds;
  const bars = theirs === undefined ? [] : barsOf(job.kind, job.size, device, { ours, theirs });
  cells.push(formatBars(bars), agreements.join("; ") || "–");
  return `| ${cells.join(" | ")} |`;
}

function peerCells(
  job: Job,
  ours: number,
  result: PeerResult | undefined,
  asked: number,
): [string, string] {
  if (!result) return ["–", "–"];
  const { milliseconds, runs = asked, note } = result;
  if (note !== undefined || milliseconds === undefined) return [note ?? "–", "–"];
  return [timeCell(job, milliseconds) + runsText(runs, asked), formatNumber(ours / milliseconds)];
}

function runsText(runs: number, asked: number): string {
  return runs < asked ? `, of ${runs} run${runs === 1 ? "" : "s"}` : "";
}

/** `49.0 ms (44 GFLOP/s)`: the rate where the job is a product. */
function timeCell({ kind, size }: Job, milliseconds: number): string {
  const rate = kind === "product" ? ` (${formatNumber(productRate(size, milliseconds))} GFLOP/s)` : "";
  return `${formatNumber(milliseconds)} ms${rate}`;
}
