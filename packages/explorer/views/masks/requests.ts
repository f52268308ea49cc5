import { request } from "../../worker/protocol.ts";

/** A pruned network of one hidden width, and the layer of it that is looked at. */
export interface MaskParams {
  readonly method: string;
  readonly width: number;
  /** Hidden layers. */
  readonly hidden: number;
  readonly sparsity: number;
  readonly seed: number;
  /** The weight matrix, from 0. */
  readonly layer: number;
}

/** What of a layer's mask is kept. */
export interface LayerCount {
  readonly outputs: number;
  readonly inputs: number;
  readonly kept: number;
}

/** One layer's mask, sorted by descending degree, and its graphon. */
export interface MaskPicture {
  readonly rows: number;
  readonly cols: number;
  /** Sorted bits, rows the outputs: `[rows, ceil(cols / 32)]` words, least significant bit first. */
  readonly words: Uint32Array;
  /** The neuron at each place of the order. */
  readonly outputOrder: Uint32Array;
  readonly inputOrder: Uint32Array;
  /** Cells per axis of the graphon. */
  readonly grid: number;
  /** `[grid, grid]`, the share kept in each cell. */
  readonly graphon: Float64Array<ArrayBuffer>;
  /** The share of its weights that each neuron keeps, in descending order. */
  readonly outputDegrees: Float32Array<ArrayBuffer>;
  readonly inputDegrees: Float32Array<ArrayBuffer>;
  /** Neurons that keep no weight of this layer. */
  readonly deadOutputs: number;
  readonly deadInputs: number;
  /** All layers, from the input on. */
  readonly layers: readonly LayerCount[];
  /** Weights that were asked for in all; fewer may be kept. */
  readonly asked: number;
  readonly milliseconds: number;
}

/** The limit of one layer's masks, and how far the mask is from it. */
export interface LimitPicture {
  readonly grid: number;
  readonly graphon: Float64Array<ArrayBuffer>;
  readonly outputDegrees: Float64Array<ArrayBuffer>;
  readonly inputDegrees: Float64Array<ArrayBuffer>;
  readonly density: number;
  readonly distance: number;
  /** The distance that the chance of one mask, and of the samples the limit is computed from, makes of none. */
  readonly noiseFloor: number;
  readonly debiased: number;
  readonly milliseconds: number;
}

export const maskPicture = request<MaskParams, MaskPicture>("masks/picture");

export const limitPicture = request<MaskParams, LimitPicture>("masks/limit");
