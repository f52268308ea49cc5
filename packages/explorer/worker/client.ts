import type { DeviceChoice, DeviceFacts, Failure, FromWorker, Request, ToWorker } from "./protocol.ts";

/** An error of the library's, as the worker told it: one line, safe to print. */
export class LibraryError extends Error {
  constructor({ name, message }: Failure) {
    super(message);
    this.name = name;
  }
}

/** The part of a worker that is used here. */
export interface Port {
  postMessage(message: ToWorker): void;
  addEventListener(type: "message", listener: (event: { readonly data: FromWorker }) => void): void;
  addEventListener(type: "error", listener: (event: { readonly message?: string }) => void): void;
}

/** How a question is watched, and taken back. */
export interface AskOptions {
  /** Takes the question back: the promise rejects at once with the signal's reason, and the worker stops at its next step. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly onProgress: AskOptions["onProgress"];
}

/** A worker as the page knows it: questions with answers. */
export class Client {
  readonly #port: Port;
  readonly #pending = new Map<number, Pending>();
  readonly #opened = Promise.withResolvers<DeviceFacts | undefined>();
  #failed: LibraryError | undefined;
  #lastId = 0;

  constructor(port: Port, device: DeviceChoice) {
    this.#port = port;
    this.#opened.promise.catch(() => {});
    port.addEventListener("message", ({ data }) => this.#hear(data));
    port.addEventListener("error", ({ message }) => {
      this.#fail(new LibraryError({ name: "WorkerError", message: message ?? "The worker could not start" }));
    });
    port.postMessage({ kind: "open", device });
  }

  /** The device that was opened, for those that open one. @throws {LibraryError} where none could be */
  get opened(): Promise<DeviceFacts | undefined> {
    return this.#opened.promise;
  }

  /** @throws {LibraryError} where the library refuses or fails */
  async ask<P, R>(request: Request<P, R>, params: P, { signal, onProgress }: AskOptions = {}): Promise<R> {
    signal?.throwIfAborted();
    if (this.#failed) throw this.#failed;
    const id = ++this.#lastId, { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#pending.set(id, { resolve, reject, onProgress });
    const takeBack = () => {
      this.#port.postMessage({ kind: "cancel", id });
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", takeBack, { once: true });
    try {
      this.#port.postMessage({ kind: "ask", id, name: request.name, params });
      return await promise as R;
    } finally {
      this.#pending.delete(id);
      signal?.removeEventListener("abort", takeBack);
    }
  }

  #hear(message: FromWorker): void {
    if (message.kind === "opened") return this.#opened.resolve(message.device);
    if (message.kind === "refused") return this.#fail(new LibraryError(message.failure));
    // What was taken back may still be answered.
    const pending = this.#pending.get(message.id);
    if (message.kind === "progress") pending?.onProgress?.(message.done, message.total);
    else if (message.kind === "answer") pending?.resolve(message.result);
    else pending?.reject(new LibraryError(message.failure));
  }

  #fail(error: LibraryError): void {
    this.#failed = error;
    this.#opened.reject(error);
    for (const { reject } of this.#pending.values()) reject(error);
  }
}
