import { formatBytes, OutOfDeviceMemoryError } from "./errors.ts";
import type { Kernel, KernelValues } from "./kernels.ts";
import type { Accelerator } from "./wasm/accelerator.ts";
import { dropAccelerator, keepAccelerator } from "./wasm/shared_accelerator.ts";

/** A memory of kernels that has grown beyond this is given back once nobody uses it. */
const KEPT_BYTES = 2 ** 28;

/**
 * WebAssembly kernels, their threads and memory that they reach, for computations that belong to no device: in float64, on
 * the host. The threads are those of CPU devices; they stay for the next such computation.
 */
export class HostKernels implements Disposable {
  readonly #accelerator: Accelerator;
  readonly #borrowed: number[] = [];

  /** Undefined where the engine lacks SIMD or shared memory. */
  static open(): HostKernels | undefined {
    const accelerator = keepAccelerator();
    return accelerator && new HostKernels(accelerator);
  }

  private constructor(accelerator: Accelerator) {
    this.#accelerator = accelerator;
  }

  /**
   * The address of so many bytes, which are taken back when this is disposed of.
   *
   * @throws {OutOfDeviceMemoryError} where there is no room for them
   */
  allocate(bytes: number): number {
    const address = this.#accelerator.heap.allocate(bytes);
    if (address === undefined) {
      throw new OutOfDeviceMemoryError(
        `Expected room for ${formatBytes(bytes)} beside what is there, 4 GiB at most, but found less`,
      );
    }
    this.#borrowed.push(address);
    return address;
  }

  /** So many float64 numbers at an address. */
  float64(address: number, length: number): Float64Array<ArrayBufferLike> {
    return new Float64Array(this.#accelerator.heap.memory.buffer, address, length);
  }

  /** So many float32 numbers at an address. */
  float32(address: number, length: number): Float32Array<ArrayBufferLike> {
    return new Float32Array(this.#accelerator.heap.memory.buffer, address, length);
  }

  /** So many bytes at an address. */
  bytes(address: number, length: number): Uint8Array<ArrayBufferLike> {
    return new Uint8Array(this.#accelerator.heap.memory.buffer, address, length);
  }

  /** Runs all parts of a kernel, on all threads, and returns when they are done. */
  launch<N extends string>(kernel: Kernel<N>, parts: number, values: KernelValues<NoInfer<N>>): void {
    this.#accelerator.launch(kernel, parts, values);
  }

  [Symbol.dispose](): void {
    const { heap } = this.#accelerator;
    for (const address of this.#borrowed.splice(0)) heap.free(address);
    if (heap.memory.buffer.byteLength > KEPT_BYTES) dropAccelerator();
  }
}
