/** How an adapter's invocations go together in subgroups. */
export interface Subgroups {
  /** Fewest and most invocations in one. */
  readonly min: number;
  readonly max: number;
  /** What a shader that uses them begins with: some compilers demand a directive, others refuse it. */
  readonly directive: string;
}

/**
 * An implementation of WebGPU: `deno`, the one that the host brings, be that Deno or a browser; `dawn`, Chromium's, as the npm package
 * `webgpu` has it.
 */
export type Backend = "deno" | "dawn";

/** What a device is and allows. */
export interface DeviceInfo {
  readonly kind: "webgpu" | "cpu";
  /** The implementation of WebGPU that the adapter is reached through; none for the CPU device. */
  readonly backend?: Backend;
  /** The adapter's name, or the processor's for the CPU device. */
  readonly name: string;
  /** True where the adapter is a program on the CPU (lavapipe, SwiftShader) and for the CPU device. */
  readonly software: boolean;
  /** True where the adapter is known to be part of the processor and to share its memory. */
  readonly integrated?: boolean;
  /** Largest piece of memory one binding of an op can see, in bytes; larger matrices are cut into row panels. */
  readonly maxBindingBytes: number;
  /** Set where shaders can hand values from one invocation of a subgroup to another. */
  readonly subgroups?: Subgroups | undefined;
  /** Ops go through larger matrices in slices of rows of about so many bytes; matrices that are not kept are made by slices. */
  readonly sliceBytes: number;
  /** Every limit the adapter granted, by WebGPU's name; empty for the CPU device. */
  readonly limits: Readonly<Record<string, number>>;
  /** Optional features of the adapter in use, by WebGPU's name. */
  readonly features: readonly string[];
}
