import { request } from "../../worker/protocol.ts";

/** What a file that was dropped can be taken for. */
export type Role = "masks" | "nonzero" | "weights" | "samples" | "images" | "none";

/** How the matrices of files are stored: as names and shapes tell, `[out, in]`, or `[in, out]`. */
export type Layout = "told" | "rows" | "columns";

/** A file that was dropped, by its path below what was dropped. */
export interface GivenFile {
  readonly path: string;
  readonly content: Blob;
  /** When it was last changed: with its name and size, what it is known again by. */
  readonly changed: number;
}

/** What the reader dropped, and what they say about it. */
export interface OwnFiles {
  readonly files: readonly GivenFile[];
  /** What files are taken for, by path, where that is not what they look like. */
  readonly roles: Readonly<Record<string, Role>>;
  /** Names of layers from the inputs on; none where names and shapes are to tell. */
  readonly order: readonly string[];
  readonly layout: Layout;
  /** What images are called. */
  readonly dataset: string;
}

/** How weights are pruned. Masks that were dropped are looked at as they are. */
export interface OwnParams extends OwnFiles {
  readonly method: string;
  readonly sparsity: number;
  readonly seed: number;
  readonly activation: string;
  /** Hidden layers, and their width, of the network that is drawn where samples were dropped alone. */
  readonly hidden: number;
  readonly width: number;
}

/** What a file looks like. */
export interface FileFacts {
  readonly path: string;
  readonly bytes: number;
  /** In words: `3 tensors`, `an IDX file`. */
  readonly what: string;
  readonly role: Role;
  /** What else it can be taken for, and that. */
  readonly choices: readonly Role[];
}

/** A layer in the files. */
export interface LayerFacts {
  readonly name: string;
  readonly shape: readonly number[];
  readonly rows: number;
  readonly columns: number;
}

/** What the reader is to decide before there is a picture, and the answers that there are. */
export interface Question {
  readonly line: string;
  /** Whether there is no picture before; otherwise some methods fail. */
  readonly needed: boolean;
  readonly answers: readonly Answer[];
}

export interface Answer {
  readonly label: string;
  readonly order?: readonly string[];
  readonly layout?: Layout;
  /** The role of each of these files. */
  readonly roles?: Readonly<Record<string, Role>>;
  readonly dataset?: string;
}

/** What was dropped, looked at. */
export interface OwnLook {
  readonly files: readonly FileFacts[];
  /**
   * What pictures are of: masks in the files, their weights as the method prunes them, or, where there are samples alone, those of
   * a network that is drawn; undefined where nothing can be shown.
   */
  readonly kind: "masks" | "weights" | "drawn" | undefined;
  readonly layers: readonly LayerFacts[];
  /** What was guessed or left alone, a line each. */
  readonly notices: readonly string[];
  readonly question: Question | undefined;
  /** Why there is no picture, where nothing is to be decided. */
  readonly failure: string | undefined;
}

/** One layer's mask, sorted by descending degree, and its graphon. */
export interface OwnPicture {
  readonly rows: number;
  readonly cols: number;
  readonly words: Uint32Array;
  readonly outputOrder: Uint32Array;
  readonly inputOrder: Uint32Array;
  readonly outputDegrees: Float32Array<ArrayBuffer>;
  readonly inputDegrees: Float32Array<ArrayBuffer>;
  /** Cells per axis of the graphon; of a convolution, that of its channels. */
  readonly grid: number;
  readonly graphon: Float64Array<ArrayBuffer>;
  readonly kept: number;
  readonly deadOutputs: number;
  readonly deadInputs: number;
  /** Weights of all layers that are shown, and kept ones among them. */
  readonly total: number;
  readonly keptInAll: number;
  /** Weights that a method was asked to keep in all; undefined of masks from files. */
  readonly asked: number | undefined;
  readonly notices: readonly string[];
  readonly milliseconds: number;
}

export const ownLook = request<OwnParams, OwnLook>("own/look");

export const ownPicture = request<OwnParams & { readonly layer: number }, OwnPicture>("own/picture");

/** The masks of all layers as `prune --out` writes them, or their graphons as `graphon --layers all --out` does. */
export const ownFile = request<OwnParams & { readonly of: "masks" | "graphons" }, Uint8Array<ArrayBuffer>>(
  "own/file",
);
