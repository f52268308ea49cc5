import type { BitMatrix, Seed } from "@graphon-limit/runtime";
import type { SortedHistogram } from "../sort_and_smooth.ts";

export interface EstimatorOptions {
  /** Cells per axis; default 64. */
  readonly grid?: number | undefined;
  /**
   * How nodes are laid out on the grid: by descending estimated degree (default), or as `given`, for nodes whose
   * positions are known.
   */
  readonly order?: "degree" | "given" | undefined;
  /** Decides what an estimator draws: starting vectors, pivots, probes. Default 0. */
  readonly seed?: Seed | number | undefined;
}

/** An estimate, and what the estimator chose on the way. */
export interface GraphonEstimate extends SortedHistogram {
  /** Numbers by name: a rank, a threshold, a bandwidth, counts of blocks. */
  readonly diagnostics: Readonly<Record<string, number>>;
}

/** A way to estimate a bipartite graphon from masks alone. */
export interface GraphonEstimator {
  /** The name the command line knows it by. */
  readonly name: string;
  /**
   * Estimates the graphon of one mask [outputs, inputs], or of several independent draws over the same nodes.
   *
   * @throws {InvalidArgumentError} if masks are empty or differ in shape, or the grid is not a whole number from 1 up
   */
  estimate(masks: BitMatrix | readonly BitMatrix[], options?: EstimatorOptions): Promise<GraphonEstimate>;
}
