/** A question that the page asks a worker, by name; its types are known on both sides, its answer on the worker's alone. */
export interface Request<P, R> {
  readonly name: string;
  /** Never there: it holds the types. */
  readonly types?: (params: P) => R;
}

/** Names a question. What it is asked with and answered by must be what structured clones can be made of. */
export function request<P, R>(name: string): Request<P, R> {
  return { name };
}

/** How the device was asked for in the address. */
export type DeviceChoice = "auto" | "webgpu" | "cpu";

/** The device that computes. */
export interface DeviceFacts {
  readonly kind: "webgpu" | "cpu";
  /** Whether it is an adapter of WebGPU's that is a program on the CPU. */
  readonly software: boolean;
  readonly name: string;
  /** Why it was taken. */
  readonly why: string;
  /** Bytes that networks may take on it. */
  readonly memoryBytes: number;
}

/** What the page says. */
export type ToWorker =
  | { readonly kind: "open"; readonly device: DeviceChoice }
  | { readonly kind: "ask"; readonly id: number; readonly name: string; readonly params: unknown }
  | { readonly kind: "cancel"; readonly id: number };

/** An error that went through the wire: its class and its one line. */
export interface Failure {
  readonly name: string;
  readonly message: string;
}

/** What a worker says. */
export type FromWorker =
  | { readonly kind: "opened"; readonly device: DeviceFacts | undefined }
  | { readonly kind: "refused"; readonly failure: Failure }
  | { readonly kind: "progress"; readonly id: number; readonly done: number; readonly total: number }
  | { readonly kind: "answer"; readonly id: number; readonly result: unknown }
  | { readonly kind: "failed"; readonly id: number; readonly failure: Failure };
