import type { HostArray, View } from "./elements.ts";

/** A WebAssembly module: its bytes, or those in base64. */
export type WasmBinary = Uint8Array<ArrayBuffer> | string;

/** What a kernel is launched with: a number for each of its parameters, by name. */
export type KernelValues<N extends string> = { readonly [K in N]: number };

/**
 * A kernel's parameters without the first, the part's number: their names in their order; or a function that takes values by
 * name and puts them in that order, in a fifth of the time.
 */
export type KernelSignature = readonly string[] | ((values: never) => number[]);

/** The names that a signature has. */
export type ParametersOf<S extends KernelSignature> = S extends readonly (infer N extends string)[] ? N
  : S extends (values: infer V) => number[] ? keyof V & string
  : never;

/** A module of kernels. */
export interface KernelModule {
  /** The same kernels compiled for several engines: the first that this one can run is taken. */
  readonly binaries: readonly WasmBinary[];
  /** How many parameters each kernel has, by name, the part's number apart. */
  readonly parameterCounts: Readonly<Record<string, number>>;
}

/** A kernel of a module, whose parameters have the names `N`. */
export interface Kernel<N extends string = string> {
  readonly module: KernelModule;
  readonly name: string;
  /** The values in the order of the parameters. */
  order(values: KernelValues<N>): number[];
}

/**
 * Kernels for the `accelerated` execution of ops, from a WebAssembly module of any language's. A kernel does one part of an
 * op's work: it is given the part's number, then numbers of the op's choosing, among them addresses of matrices, and returns
 * nothing. Parts run at the same time on all threads, so each must write what no other does, and nothing may depend on their
 * order; a kernel that writes past its matrices writes into others. The module
 *
 * - imports `env.memory`, shared and of up to 65,536 pages, and nothing else;
 * - has no data in that memory, which is the runtime's, so its functions keep to locals and globals. If it exports a function
 *   `use_scratch`, each thread calls that once with the address of 256 KiB of its own;
 * - exports a function of 32-bit integers and floats for each of `signatures`.
 *
 * It is compiled when one of its kernels is first launched, and what is wrong with it said then. Test an op with kernels
 * against its twin, on more parts than one.
 *
 * @example A doubled matrix; in AssemblyScript, and compiled with
 * `asc double.ts -O3 --runtime stub --noAssert --importMemory --sharedMemory --maximumMemory 65536 --enable threads`:
 *
 * ```text
 * export function double(part: usize, x: usize, y: usize, count: usize): void {
 *   const end = min((part + 1) * 1024, count);
 *   for (let i = part * 1024; i < end; i++) store<f32>(y + i * 4, 2 * load<f32>(x + i * 4));
 * }
 * ```
 *
 * ```ts
 * import { defineKernels, defineOp, openDevice } from "@graphon-limit/runtime";
 *
 * const { double: doubleKernel } = defineKernels(
 *   "AGFzbQEAAAABCAFgBH9/f38AAhIBA2VudgZtZW1vcnkCAwCAgAQDAgEABxMCBmRvdWJsZQAABm1lbW9yeQIAClABTgEBfyAAQQ" +
 *     "FqQQp0IgQgAyADIARLGyEDIABBCnQhAANAIAAgA0kEQCAAQQJ0IgQgAmogASAEaioCAEMAAABAlDgCACAAQQFqIQAMAQsLCw==",
 *   { double: ["x", "y", "count"] },
 * );
 * const double = defineOp({
 *   name: "double",
 *   shader: `@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
 *     if (id.x < params.x_rows * params.x_cols) { y[id.x] = 2.0 * x[id.x]; }
 *   }`,
 *   bindings: { x: "f32", y: "f32 out" },
 *   shapes: { x: ["m", "n"], y: ["m", "n"] },
 *   panelled: ["x", "y"],
 *   workgroups: ({ x }) => [Math.ceil(x.rows * x.cols / 64)],
 *   reference: ({ x, y }) => x.data.forEach((value, i) => y.data[i] = 2 * value),
 *   accelerated({ x, y }, _, { address, launch }) {
 *     const count = x.rows * x.cols;
 *     launch(doubleKernel, Math.ceil(count / 1024), { x: address(x), y: address(y), count });
 *   },
 * });
 * using device = await openDevice({ kind: "cpu" });
 * using x = device.upload(Float32Array.from({ length: 3000 }, (_, i) => i), 30, 100);
 * using y = device.matrix(30, 100);
 * device.run(double, { x, y });
 * console.assert((await device.read(y))[2999] === 5998);
 * ```
 */
export function defineKernels<const S extends Readonly<Record<string, KernelSignature>>>(
  binaries: WasmBinary | readonly WasmBinary[],
  signatures: S,
): { readonly [K in keyof S]: Kernel<ParametersOf<S[K]>> } {
  const list = typeof binaries === "string" || binaries instanceof Uint8Array ? [binaries] : binaries;
  const parameterCounts: Record<string, number> = {}, kernels: Record<string, Kernel> = {};
  const module: KernelModule = { binaries: list, parameterCounts };
  for (const [name, signature] of Object.entries<KernelSignature>(signatures)) {
    const order: Kernel["order"] = typeof signature === "function"
      ? signature as Kernel["order"]
      : (values) => signature.map((parameter) => values[parameter]);
    parameterCounts[name] = typeof signature === "function" ? order(ZEROS).length : signature.length;
    kernels[name] = { module, name, order };
  }
  return kernels as { readonly [K in keyof S]: Kernel<ParametersOf<S[K]>> };
}

/** A value for whatever parameter is asked for. */
const ZEROS = new Proxy<KernelValues<string>>({}, { get: () => 0 });

/** What an op's accelerated execution works with: WebAssembly kernels, and memory they reach. */
export interface Kernels {
  /** The address of a view's elements; 0 for a view that is left out. */
  readonly address: (view: View<HostArray> | undefined) => number;
  /** The address of so many bytes, which are taken back when the op is done. To be called before anything is written. */
  readonly allocate: (bytes: number) => number;
  /** Runs all parts of a kernel, on all threads, and returns when they are done. */
  readonly launch: <N extends string>(
    kernel: Kernel<N>,
    parts: number,
    values: KernelValues<NoInfer<N>>,
  ) => void;
  /** A product by an installed BLAS; undefined where the device was opened without one. */
  readonly multiply?: ((product: DenseProduct) => void) | undefined;
}

/** `out = scale · left · right`, or that added to what `out` holds; [rows, inner] · [inner, cols], each at an address. */
export interface DenseProduct {
  readonly rows: number;
  readonly cols: number;
  readonly inner: number;
  readonly left: number;
  /** True where `left` lies as [inner, rows]. */
  readonly leftTransposed?: boolean;
  /** Numbers from one row of `left` as it lies to the next, where they do not follow one another; likewise for the others. */
  readonly leftPitch?: number;
  readonly right: number;
  /** True where `right` lies as [cols, inner]. */
  readonly rightTransposed?: boolean;
  readonly rightPitch?: number;
  readonly out: number;
  readonly outPitch?: number;
  readonly scale: number;
  readonly accumulate: boolean;
}
