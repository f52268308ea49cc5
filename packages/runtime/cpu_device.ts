import type { Device } from "./device.ts";
import type { DeviceInfo } from "./device_info.ts";
import type { ElementArray, ElementType, HostArray, View } from "./elements.ts";
import { DeviceLostError, InvalidArgumentError, show } from "./errors.ts";
import { GeneratedMatrix } from "./generated_matrix.ts";
import {
  arrayTypes,
  assertKept,
  assertLength,
  assertOwn,
  overlaps,
  POISON,
  rowsOf,
  typeOf,
} from "./host_transfer.ts";
import { completeSettings, launchWith, planLaunches } from "./launch.ts";
import { assertCount, BitMatrix, type DeviceArray, Matrix, type Panel, wordsPerBitRow } from "./matrix.ts";
import type { AnyOp } from "./op.ts";
import { MemoryMeter } from "./memory_meter.ts";
import { cutIntoPanels, SLICE_BYTES } from "./panels.ts";
import { LinearMemory } from "./wasm/linear_memory.ts";
import { acquireAccelerator, releaseAccelerator } from "./wasm/shared_accelerator.ts";

export interface CpuDeviceOptions {
  /** Largest panel, in bytes: small values exercise the panel paths in tests. */
  readonly maxBindingBytes?: number | undefined;
  /** Bytes of the slices that ops go through panels in. */
  readonly sliceBytes?: number | undefined;
  /** Fill fresh memory with `POISON`. */
  readonly poison?: boolean | undefined;
  /** False runs plain twins alone, in ordinary memory. */
  readonly accelerate?: boolean | undefined;
  /** An installed BLAS for large dense products. */
  readonly blas?: string | undefined;
}

/**
 * Runs every op at once: by WebAssembly kernels where the op has them and the engine can, by its plain twin elsewhere.
 * Matrices live in the kernels' memory as long as that has room, 4 GiB, and in ordinary memory after that.
 */
export class CpuDevice implements Device {
  readonly info: DeviceInfo;
  readonly #meter = new MemoryMeter();
  readonly #poison: boolean;
  readonly #linear: LinearMemory | undefined;
  #disposed = false;

  constructor(
    { maxBindingBytes = 2 ** 31 - 4, sliceBytes = SLICE_BYTES, poison = false, accelerate = true, blas }:
      CpuDeviceOptions = {},
  ) {
    this.#linear = accelerate ? openLinearMemory(blas) : undefined;
    if (blas !== undefined && !this.#linear) {
      throw new InvalidArgumentError(
        `Expected a CPU device with WebAssembly SIMD to use the BLAS ${show(blas)} but found none`,
      );
    }
    const name = this.#linear ? `CPU, ${this.#linear.description}` : "CPU";
    this.info = { kind: "cpu", name, software: true, maxBindingBytes, sliceBytes, limits: {}, features: [] };
    this.#poison = poison;
  }

  get memory() {
    return this.#meter.reading;
  }

  matrix<T extends ElementType = "f32">(rows: number, cols: number, type = "f32" as T): Matrix<T> {
    const panels = this.#allocate(rows, cols, cols, type);
    return new Matrix(this, rows, cols, type, panels, (released) => this.#release(released));
  }

  bits(rows: number, cols: number): BitMatrix {
    const panels = this.#allocate(rows, cols, wordsPerBitRow(cols), "u32");
    return new BitMatrix(this, rows, cols, panels, (released) => this.#release(released));
  }

  #allocate(rows: number, cols: number, wordsPerRow: number, type: ElementType): Panel[] {
    this.#assertAlive();
    assertCount("rows", rows);
    assertCount("columns", cols);
    const cuts = cutIntoPanels(rows, cols, this.info.maxBindingBytes, `${rows}×${cols} ${type}`);
    return cuts.map(([rowOffset, panelRows]) => {
      const length = panelRows * wordsPerRow;
      const storage = this.#linear?.place(type, length) ?? new arrayTypes[type](length);
      if (this.#poison) new Uint32Array(storage.buffer, storage.byteOffset, length).fill(POISON);
      this.#meter.add(storage.byteLength);
      return { rowOffset, rows: panelRows, storage };
    });
  }

  #release(panels: readonly Panel[]): void {
    for (const panel of panels) {
      const storage = panel.storage as HostArray;
      this.#meter.add(-storage.byteLength);
      this.#linear?.release(storage);
    }
  }

  upload(data: Float32Array, rows: number, cols: number): Matrix<"f32">;
  upload(data: Uint32Array, rows: number, cols: number): Matrix<"u32">;
  upload(data: Int32Array, rows: number, cols: number): Matrix<"i32">;
  upload(data: HostArray, rows: number, cols: number): Matrix<ElementType> {
    assertLength(data, rows, cols);
    const matrix = this.matrix(rows, cols, typeOf(data));
    this.write(matrix, data, 0);
    return matrix;
  }

  uploadBits(words: Uint32Array, rows: number, cols: number): BitMatrix {
    assertLength(words, rows, wordsPerBitRow(cols));
    const mask = this.bits(rows, cols);
    this.write(mask, words, 0);
    return mask;
  }

  write(target: DeviceArray, data: HostArray, firstRow: number): void {
    this.#assertAlive();
    assertOwn(this, target);
    for (const piece of overlaps(target, firstRow, rowsOf(target, data))) {
      (piece.panel.storage as HostArray).set(data.subarray(piece.dataStart, piece.dataEnd), piece.panelStart);
    }
  }

  clear(target: DeviceArray): void {
    this.#assertAlive();
    assertOwn(this, target);
    assertKept(target);
    for (const panel of target.panels) (panel.storage as HostArray).fill(0);
  }

  run(op: AnyOp, args: Record<string, DeviceArray | undefined>, settings?: Record<string, unknown>): void {
    this.#assertAlive();
    const complete = completeSettings(op, settings);
    assertOwn(this, ...Object.values(args));
    for (const launch of planLaunches(op, args, complete, this.info)) {
      launchWith(launch, (places) => {
        const views: Record<string, View<HostArray>> = {};
        for (const name in launch.shapes) {
          const { rows, wordsPerRow } = launch.shapes[name];
          const { start } = places[name], end = start + rows * wordsPerRow;
          const storage = places[name].storage as HostArray;
          const whole = start === 0 && end === storage.length;
          views[name] = { ...launch.shapes[name], data: whole ? storage : storage.subarray(start, end) };
        }
        const position = { ...complete, rowOffset: launch.rowOffset, firstPanel: launch.firstPanel };
        if (!this.#linear?.run(op, views, position)) op.reference(views, position);
      });
    }
  }

  read<T extends ElementType>(source: Matrix<T>, rows?: readonly [number, number]): Promise<ElementArray<T>> {
    if (source instanceof GeneratedMatrix) {
      assertOwn(this, source);
      return source.read(rows) as Promise<ElementArray<T>>;
    }
    return new Promise((resolve) => resolve(this.#copy(source, rows) as ElementArray<T>));
  }

  readBits(source: BitMatrix, rows?: readonly [number, number]): Promise<Uint32Array> {
    return new Promise((resolve) => resolve(this.#copy(source, rows) as Uint32Array));
  }

  #copy(source: DeviceArray, [from, to]: readonly [number, number] = [0, source.rows]): HostArray {
    this.#assertAlive();
    assertOwn(this, source);
    const type = source instanceof Matrix ? source.type as ElementType : "u32";
    const pieces = overlaps(source, from, to - from);
    const result = new arrayTypes[type]((to - from) * source.wordsPerRow);
    for (const piece of pieces) {
      const { storage } = piece.panel as { storage: HostArray };
      result.set(
        storage.subarray(piece.panelStart, piece.panelStart + piece.dataEnd - piece.dataStart),
        piece.dataStart,
      );
    }
    return result;
  }

  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#assertAlive();
      resolve();
    });
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    if (!this.#linear) return;
    this.#linear[Symbol.dispose]();
    releaseAccelerator();
  }

  #assertAlive(): void {
    if (this.#disposed) throw new DeviceLostError("The device was closed");
  }
}

/** The kernels' memory for one more device; undefined where the engine has no kernels. */
function openLinearMemory(blas: string | undefined): LinearMemory | undefined {
  const accelerator = acquireAccelerator();
  if (!accelerator) return undefined;
  try {
    return new LinearMemory(accelerator, blas);
  } catch (error) {
    releaseAccelerator();
    throw error;
  }
}
