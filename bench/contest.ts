import type { Agreement, Numbers } from "./agreement.ts";
import type { Job } from "./jobs.ts";
import { type Contender, PeerError } from "./peer.ts";

/** What a peer did of a job: its median time, or why there is none; and how its result compares with ours. */
export interface PeerResult {
  readonly milliseconds?: number;
  readonly note?: string;
  readonly agreement?: Agreement;
}

/** A job's line: medians in milliseconds. */
export interface JobResult {
  readonly ours: number;
  readonly peers: ReadonlyMap<Contender, PeerResult>;
}

/** The libraries' threads spin for some milliseconds after their work is done: nobody begins before they sleep. */
const REST_MS = 100;

const rest = () => new Promise((resolve) => setTimeout(resolve, REST_MS));

/** Runs a job beside the peers: results compared first, then times taken turn by turn. */
export async function contest(job: Job, peers: readonly Contender[], runs: number): Promise<JobResult> {
  await job.reset();
  await job.run();
  const ours = await job.result();
  const reference = await referenceOf(job, peers);
  const results = new Map<Contender, PeerResult>();
  for (const peer of peers) {
    results.set(peer, await compare(job, peer, ours, reference));
  }
  const timed = peers.filter((peer) => results.get(peer)?.agreement?.holds);
  const ourTimes: number[] = [], theirTimes = timed.map((): number[] => []);
  const failed = new Set<Contender>();
  for (let run = 0; run < runs; run++) {
    await job.reset();
    await rest();
    const start = performance.now();
    await job.run();
    ourTimes.push((performance.now() - start) / job.repeats);
    for (const [i, peer] of timed.entries()) {
      if (failed.has(peer)) continue;
      await rest();
      try {
        theirTimes[i].push(await peer.time(job.request) / job.repeats);
      } catch (error) {
        if (!(error instanceof PeerError)) throw error;
        failed.add(peer);
        results.set(peer, { note: `stopped running: ${error.message}` });
      }
    }
  }
  for (const [i, peer] of timed.entries()) {
    if (!failed.has(peer)) results.set(peer, { ...results.get(peer), milliseconds: median(theirTimes[i]) });
  }
  return { ours: median(ourTimes), peers: results };
}

/** What the first peer finds in float64; undefined where it cannot, or the job needs none. */
async function referenceOf(job: Job, [peer]: readonly Contender[]): Promise<Numbers | undefined> {
  if (!job.reference || !peer) return undefined;
  try {
    await peer.time(job.reference);
    return await peer.result(job.type);
  } catch (error) {
    if (error instanceof PeerError) return undefined;
    throw error;
  }
}

/** The peer's first run, which warms it up too. */
async function compare(job: Job, peer: Contender, ours: Numbers, reference?: Numbers): Promise<PeerResult> {
  try {
    await peer.time(job.request);
    const agreement = job.agrees(ours, await peer.result(job.type), reference);
    if (agreement.holds) return { agreement };
    return { note: `results differ (${agreement.text}): not timed`, agreement };
  } catch (error) {
    if (error instanceof PeerError) return { note: `does not run: ${error.message}` };
    throw error;
  }
}

/** The middle one; the mean of the two where there is none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b), half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
