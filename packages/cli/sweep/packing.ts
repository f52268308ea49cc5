/** How much work a batch system's jobs get. */
export interface Packing {
  readonly jobs: number;
  /** Seconds that a job is likely to take. */
  readonly secondsPerJob: number;
}

/** How jobs are to be packed. */
export interface PackingOptions {
  /** Jobs that run at one time; unknown where undefined. */
  readonly atOnce?: number | undefined;
  /** Tasks of a job, where the user says so. */
  readonly tasksPerJob?: number | undefined;
}

/** A job has at least so much to do: starting it costs the scheduler, and the program's start some seconds. */
const LEAST_SECONDS = 15 * 60;

/** Clusters ask for no more than some ten job starts a minute; others have jobs, too. */
const STARTS_PER_MINUTE = 5;

/** Jobs taken to run at one time where nobody says how many. */
const USUAL_AT_ONCE = 50;

/**
 * Packs tasks into so many jobs that no more than a few start a minute, and none is over sooner than is worth its start.
 *
 * @param tasks how many there are, at least 1
 * @param seconds that all of them take, one after the other
 */
export function packJobs(
  tasks: number,
  seconds: number,
  { atOnce = USUAL_AT_ONCE, tasksPerJob }: PackingOptions = {},
): Packing {
  const least = Math.max(LEAST_SECONDS, 60 * atOnce / STARTS_PER_MINUTE);
  const wanted = tasksPerJob === undefined ? Math.ceil(seconds / least) : Math.ceil(tasks / tasksPerJob);
  const jobs = Math.min(tasks, Math.max(1, wanted));
  return { jobs, secondsPerJob: seconds / jobs };
}
