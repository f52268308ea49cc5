import type { Agreement, Numbers } from "./agreement.ts";
import type { Job } from "./jobs.ts";
import { type Contender, PeerError } from "./peer.ts";

/** What a peer did of a job: its median time, or why there is none; and how its result compares with ours. */
export interface PeerResult {
  readonly milliseconds?: number;
  /** Runs that the median is of. */
  readonly runs?: number;
  readonly note?: string;
  readonly agreement?: Agreement;
}

/** A job's line: medians in milliseconds. */
export interface JobResult {
  readonly ours: number;
  /** Runs that the median is of. */
  readonly runs: number;
  readonly peers: ReadonlyMap<Contender, PeerResult>;
}

/** The libraries' threads spin for some milliseconds after their work is done: nobody begins before they sleep. */
const REST_MS = 100;

const rest = () => new Promise((resolve) => setTimeout(resolve, REST_MS));

/** Milliseconds; whoever takes longer for a run has no more of them than take as long as all that were asked for would at that. */
const LONG_MS = 2000;

/** How often a job that takes so many milliseconds is timed. */
function runsFor(milliseconds: number, runs: number): number {
  return Math.max(1, Math.min(runs, Math.floor(runs * LONG_MS / milliseconds)));
}

/** Times taken so far: `runs` of them in the end, and less where the first was long. */
class Times {
  readonly #taken: number[] = [];
  #wanted: number;

  constructor(readonly runs: number, readonly repeats: number) {
    this.#wanted = runs;
  }

  get missing(): boolean {
    return this.#taken.length < this.#wanted;
  }

  /** Adds a run's milliseconds. */
  add(milliseconds: number): void {
    if (this.#taken.length === 0) this.#wanted = runsFor(milliseconds, this.runs);
    this.#taken.push(milliseconds / this.repeats);
  }

  get result() {
    return { milliseconds: median(this.#taken), runs: this.#taken.length };
  }
}

/**
 * Runs a job beside the peers: results compared first, then times taken turn by turn, `runs` of each, and less of those who take more
 * than 2 s. The run that was compared does not count: libraries load and shaders are compiled in it.
 */
export async function contest(job: Job, peers: readonly Contender[], runs: number): Promise<JobResult> {
  await job.reset();
  await job.run();
  const ours = await job.result();
  const reference = await referenceOf(job, peers);
  const results = new Map<Contender, PeerResult>(), timed = new Map<Contender, Times>();
  for (const peer of peers) {
    const result = await compare(job, peer, ours, reference);
    results.set(peer, result);
    if (result.agreement?.holds) timed.set(peer, new Times(runs, job.repeats));
  }
  const ourTimes = new Times(runs, job.repeats);
  for (let run = 0; run < runs; run++) {
    if (ourTimes.missing) {
      await job.reset();
      await rest();
      const start = performance.now();
      await job.run();
      ourTimes.add(performance.now() - start);
    }
    for (const [peer, times] of timed) {
      if (!times.missing) continue;
      await rest();
      try {
        times.add(await peer.time(job.request));
      } catch (error) {
        if (!(error instanceof PeerError)) throw error;
        timed.delete(peer);
        results.set(peer, { note: `stopped running: ${error.message}` });
      }
    }
  }
  for (const [peer, times] of timed) results.set(peer, { ...results.get(peer), ...times.result });
  const { milliseconds, runs: ourRuns } = ourTimes.result;
  return { ours: milliseconds, runs: ourRuns, peers: results };
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
