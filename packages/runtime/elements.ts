/** Element types of a `Matrix`. */
export type ElementType = "f32" | "u32" | "i32";

/** The typed array that holds elements of type `T` on the host. */
export type ElementArray<T extends ElementType> = T extends "f32" ? Float32Array
  : T extends "u32" ? Uint32Array
  : Int32Array;

/** A typed array of 32-bit elements on the host. */
export type HostArray = Float32Array | Uint32Array | Int32Array;

/** Rows and columns of an argument (of its panel, where it is cut), and the 32-bit words a row takes in memory. */
export interface Shape {
  readonly rows: number;
  readonly cols: number;
  readonly wordsPerRow: number;
}

/** A panel of an argument as the plain twin sees it: its shape and the elements themselves. */
export interface View<A = Float32Array> extends Shape {
  readonly data: A;
}
