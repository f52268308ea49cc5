import type { DeviceInfo } from "./device_info.ts";
import type { ElementArray, ElementType, HostArray, Shape, View } from "./elements.ts";
import type { Kernels } from "./kernels.ts";

/**
 * How an op uses one of its arguments: the element type (`bits` for a bit-packed mask), whether it is written (`out`:
 * every element is; `inout`: read and written), and `?` where the argument may be left out.
 */
export type BindingKind = `${ElementType | "bits"}${"" | " out" | " inout"}${"" | "?"}`;

/** A number handed to the shader at launch. */
export type ParamType = "u32" | "i32" | "f32";

/** A choice made when the shader is compiled: its permitted values, the first being the default. */
export type OptionValues = readonly (string | boolean)[];

/** How an op uses each of its arguments, by name. */
export type Bindings = Record<string, BindingKind>;
/** The numbers an op takes at launch, by name. */
export type Params = Record<string, ParamType>;
/** The choices an op offers, by name, each with its permitted values. */
export type Options = Record<string, OptionValues>;

/**
 * How many rows or columns an argument has: so many; as many as the param of that name says; or a symbol, which stands for
 * one number wherever the op's shapes have it.
 */
export type Size = number | string;

/** Rows and columns of an argument, as an op states them. */
export type StatedShape = readonly [rows: Size, cols: Size];

/** The names of the bindings that may be left out. */
export type OptionalNames<B extends Bindings> = {
  [K in keyof B]: B[K] extends `${string}?` ? K : never;
}[keyof B];

/** The element type of a binding that is no mask. */
export type ElementOf<K extends BindingKind> = K extends `f32${string}` ? "f32"
  : K extends `u32${string}` ? "u32"
  : "i32";

type ViewOf<K extends BindingKind> = View<
  K extends `bits${string}` ? Uint32Array : ElementArray<ElementOf<K>>
>;

/** What the plain twin of an op with bindings `B` receives. */
export type Views<B extends Bindings> =
  & { [K in Exclude<keyof B, OptionalNames<B>>]: ViewOf<B[K]> }
  & { [K in OptionalNames<B>]?: ViewOf<B[K]> | undefined };

/** Rows and columns of the arguments present, as `workgroups` receives them. */
export type Shapes<B extends Bindings> =
  & { [K in Exclude<keyof B, OptionalNames<B>>]: Shape }
  & { [K in OptionalNames<B>]?: Shape | undefined };

/** The launch's numbers and choices, as the caller gives them. An option left out, or undefined, has its default. */
export type Settings<P extends Params, O extends Options> =
  & { [K in keyof P]: number }
  & { [K in keyof O]?: O[K][number] | undefined };

/** The same, complete, as `workgroups` and `reference` receive them. */
export type FullSettings<P extends Params, O extends Options> =
  & { [K in keyof P]: number }
  & { [K in keyof O]: O[K][number] };

/** Where in a panelled matrix this launch stands. */
export type PanelPosition = {
  /** Row of the whole matrix at which this panel begins. */
  readonly rowOffset: number;
  /** True for the first panel: later ones add to what earlier ones left in the outputs that are not panelled. */
  readonly firstPanel: boolean;
};

/** Sizes and switches of a shader that depend on the adapter or on shapes; part of the pipeline's identity. */
export type Tuning = Record<string, number | boolean>;

/** What an op's arguments must satisfy together beyond their shapes. */
export interface Rule<B extends Bindings, P extends Params, O extends Options> {
  /** What is to be given, in the words of an error message: `both labels and outLabels, or neither`. */
  readonly says: string;
  /** Whether it is, seen the matrices whole. */
  readonly holds: (shapes: Shapes<B>, settings: FullSettings<P, O>) => boolean;
}

/** What {@linkcode defineOp} is given: a computation's shader, its twin, and how they are launched. */
export interface OpDefinition<B extends Bindings, P extends Params, O extends Options> {
  /** The op's name, its shader's and its file's. */
  readonly name: string;
  /**
   * WGSL, in parts that are joined: shared functions first. The runtime writes the declarations in front: a uniform
   * `params` with `<binding>_rows`, `<binding>_cols` and `<binding>_words` (words per row) of every binding present,
   * `row_offset`, `first_panel` (0 or 1) and the launch's own numbers, all in snake case; and a storage array per
   * binding, under its name in snake case. `#if ${name}` sees the names of present bindings, boolean options and tuning switches,
   * `name.value` for an option's value; `${name}` inserts a tuning number or an option's text. Where the tuning switch
   * `subgroups` is on, which is for devices whose `info.subgroups` is set, the shader may use subgroups.
   */
  readonly shader: string | readonly string[];
  readonly bindings: B;
  readonly params?: P;
  readonly options?: O;
  /**
   * Rows and columns of each argument, as `[m, n]` is written in a formula: numbers, names of params, and symbols that stand for
   * one number wherever they are. Checked before a run, on whole matrices, so that `workgroups` and all executions may count
   * on them; an op that states none checks for itself.
   */
  readonly shapes?: { readonly [K in NoInfer<keyof B>]: StatedShape };
  /** What shapes do not say: relations between sizes and settings, and which arguments that may be left out go together. */
  readonly rules?: readonly Rule<B, P, O>[];
  /** Bindings that are cut into the same row panels when they exceed the device's binding limit. */
  readonly panelled?: readonly (keyof B & string)[];
  /** Bindings declared as arrays of `vec4<f32>` when the tuning switch `vec4` is on. */
  readonly vec4?: readonly (keyof B & string)[];
  /** Written integer bindings declared as arrays of atomics. */
  readonly atomics?: readonly (keyof B & string)[];
  readonly tuning?: (shapes: Shapes<B>, settings: FullSettings<P, O>, info: DeviceInfo) => Tuning;
  /** Workgroups per dimension; a zero launches nothing. */
  readonly workgroups: (
    shapes: Shapes<B>,
    settings: FullSettings<P, O>,
    tuning: Tuning,
  ) => readonly [number, number?, number?];
  /** The plain twin: the same computation, written for reading. Runs once per panel, as the shader does. */
  readonly reference: (views: Views<B>, settings: FullSettings<P, O> & PanelPosition) => void;
  /**
   * The same by WebAssembly kernels, for the CPU device; without it, or where it returns false having written nothing, that
   * device runs the twin.
   */
  readonly accelerated?: (
    views: Views<B>,
    settings: FullSettings<P, O> & PanelPosition,
    kernels: Kernels,
  ) => void | false;
}

/** A unit of computation a device runs. Made by {@linkcode defineOp}. */
export interface Op<B extends Bindings, P extends Params, O extends Options> extends OpDefinition<B, P, O> {
  readonly params: P;
  readonly options: O;
  readonly rules: readonly Rule<B, P, O>[];
  readonly panelled: readonly (keyof B & string)[];
  readonly vec4: readonly (keyof B & string)[];
  readonly atomics: readonly (keyof B & string)[];
}

/**
 * Defines an op: a WGSL shader and the plain TypeScript twin that computes the same, and maybe kernels that do too.
 *
 * @example A doubled matrix
 * ```ts
 * import { defineOp, openDevice } from "@graphon-limit/runtime";
 *
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
 * });
 * using device = await openDevice({ kind: "cpu" });
 * using x = device.upload(new Float32Array([1, 2, 3]), 1, 3);
 * using y = device.matrix(1, 3);
 * device.run(double, { x, y });
 * console.assert((await device.read(y))[2] === 6);
 * ```
 */
export function defineOp<
  const B extends Bindings,
  const P extends Params = Record<never, never>,
  const O extends Options = Record<never, never>,
>(definition: OpDefinition<B, P, O>): Op<B, P, O> {
  return {
    ...definition,
    params: definition.params ?? ({} as P),
    options: definition.options ?? ({} as O),
    rules: definition.rules ?? [],
    panelled: definition.panelled ?? [],
    vec4: definition.vec4 ?? [],
    atomics: definition.atomics ?? [],
  };
}

/** A rule whatever the op. */
export interface AnyRule {
  readonly says: string;
  holds(shapes: Readonly<Record<string, Shape | undefined>>, settings: ErasedSettings): boolean;
}

/** An op whatever its bindings: what the runtime and lists of ops see. */
export interface AnyOp {
  readonly name: string;
  readonly shader: string | readonly string[];
  readonly bindings: Bindings;
  readonly params: Params;
  readonly options: Options;
  readonly shapes?: Readonly<Record<string, StatedShape>>;
  readonly rules: readonly AnyRule[];
  readonly panelled: readonly string[];
  readonly vec4: readonly string[];
  readonly atomics: readonly string[];
  tuning?(shapes: Record<string, Shape | undefined>, settings: ErasedSettings, info: DeviceInfo): Tuning;
  workgroups(
    shapes: Record<string, Shape | undefined>,
    settings: ErasedSettings,
    tuning: Tuning,
  ): readonly [number, number?, number?];
  reference(
    views: Record<string, View<HostArray> | undefined>,
    settings: ErasedSettings & PanelPosition,
  ): void;
  accelerated?(
    views: Record<string, View<HostArray> | undefined>,
    settings: ErasedSettings & PanelPosition,
    kernels: Kernels,
  ): void | false;
}

/** Complete settings whatever the op. */
export type ErasedSettings = Record<string, number | string | boolean>;
