import type { BitMatrix, LongCallOptions, Seed } from "@graphon-limit/runtime";
import type { SortedHistogram } from "../sort_and_smooth.ts";
import type { EstimatorPlan, MaskShape } from "./plan.ts";

/** How an estimator is run. Progress is told in percent. */
export interface EstimatorOptions extends LongCallOptions {
  /** Cells per axis; default 64. */
  readonly grid?: number | undefined;
  /**
   * How nodes are laid out on the grid: by descending estimated degree (default), or as `given`, for nodes whose
   * positions are known.
   */
  readonly order?: "degree" | "given" | undefined;
  /** Decides what an estimator draws: starting vectors, pivots, probes. Default 0. */
  readonly seed?: Seed | number | undefined;
  /**
   * Bytes that there are, for an estimator that learns only from the mask how many it needs: `usvt`, of whose singular vectors
   * there may be as many as the shorter side has nodes. No limit unless given.
   */
  readonly memoryBytes?: number | undefined;
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
   * What an estimate will need, known from the shape alone: at the most, whatever the masks are.
   *
   * @param grid cells per axis; default 64
   */
  plan(shape: MaskShape, grid?: number): EstimatorPlan;
  /**
   * Estimates the graphon of one mask [outputs, inputs], or of several independent draws over the same nodes.
   *
   * @throws {InvalidArgumentError} if masks are empty or differ in shape, or the grid is not a whole number from 1 up
   * @throws {OutOfDeviceMemoryError} if more than `memoryBytes` turn out to be needed
   * @throws the signal's reason where the call is ended
   */
  estimate(masks: BitMatrix | readonly BitMatrix[], options?: EstimatorOptions): Promise<GraphonEstimate>;
}
