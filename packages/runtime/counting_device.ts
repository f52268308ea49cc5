import type { Device } from "./device.ts";
import type { DeviceInfo } from "./device_info.ts";
import type { ElementType, HostArray } from "./elements.ts";
import { InvalidArgumentError } from "./errors.ts";
import { arrayTypes, assertLength, assertOwn, typeOf } from "./host_transfer.ts";
import { completeSettings, launchWith, planLaunches } from "./launch.ts";
import { assertCount, BitMatrix, type DeviceArray, Matrix, type Panel, wordsPerBitRow } from "./matrix.ts";
import { MemoryMeter } from "./memory_meter.ts";
import { matrixBytes } from "./memory_size.ts";
import type { AnyOp } from "./op.ts";
import { cutIntoPanels } from "./panels.ts";

/**
 * A device that computes nothing and holds nothing, and counts what matrices would take on the device that it stands for, those
 * included that are made for a moment. Work that reads nothing back is run on it to learn what memory it takes, or that it does not fit
 * a binding, before any of it is done.
 */
class CountingDevice implements Device {
  readonly #meter = new MemoryMeter();

  constructor(readonly info: DeviceInfo) {}

  get memory() {
    return this.#meter.reading;
  }

  matrix<T extends ElementType = "f32">(rows: number, cols: number, type = "f32" as T): Matrix<T> {
    const { panels, release } = this.#count(rows, cols, type, "f32");
    return new Matrix(this, rows, cols, type, panels, release);
  }

  bits(rows: number, cols: number): BitMatrix {
    const { panels, release } = this.#count(rows, cols, "u32", "bits");
    return new BitMatrix(this, rows, cols, panels, release);
  }

  #count(rows: number, cols: number, type: ElementType, kind: "f32" | "bits") {
    assertCount("rows", rows);
    assertCount("columns", cols);
    const cuts = cutIntoPanels(rows, cols, this.info.maxBindingBytes, `${rows}×${cols} ${type}`);
    const bytes = matrixBytes(this.info, rows, cols, kind), storage = new arrayTypes[type](0);
    this.#meter.add(bytes);
    const panels = cuts.map(([rowOffset, panelRows]): Panel => ({ rowOffset, rows: panelRows, storage }));
    return { panels, release: () => this.#meter.add(-bytes) };
  }

  upload(data: Float32Array, rows: number, cols: number): Matrix<"f32">;
  upload(data: Uint32Array, rows: number, cols: number): Matrix<"u32">;
  upload(data: Int32Array, rows: number, cols: number): Matrix<"i32">;
  upload(data: HostArray, rows: number, cols: number): Matrix<ElementType> {
    assertLength(data, rows, cols);
    return this.matrix(rows, cols, typeOf(data));
  }

  uploadBits(words: Uint32Array, rows: number, cols: number): BitMatrix {
    assertLength(words, rows, wordsPerBitRow(cols));
    return this.bits(rows, cols);
  }

  write(target: DeviceArray): void {
    assertOwn(this, target);
  }

  clear(target: DeviceArray): void {
    assertOwn(this, target);
  }

  run(op: AnyOp, args: Record<string, DeviceArray | undefined>, settings?: Record<string, unknown>): void {
    assertOwn(this, ...Object.values(args));
    for (const launch of planLaunches(op, args, completeSettings(op, settings), this.info)) {
      launchWith(launch, () => {});
    }
  }

  read(): Promise<never> {
    return Promise.reject(
      new InvalidArgumentError("Expected work that reads nothing back but found a reading"),
    );
  }

  readBits(): Promise<never> {
    return this.read();
  }

  idle(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.dispose](): void {}
}

/**
 * A device that counts the memory that work would take on another, and does none of it; what is read back from it is an
 * {@linkcode InvalidArgumentError}.
 *
 * @param info of the device that it stands for
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { countingDevice, openDevice } from "@graphon-limit/runtime";
 *
 * using device = await openDevice({ kind: "cpu" });
 * using counting = countingDevice(device.info);
 * counting.matrix(1000, 1000).dispose();
 * assert.deepEqual(counting.memory, { live: 0, peak: 4_000_000 });
 * ```
 */
export function countingDevice(info: DeviceInfo): Device {
  return new CountingDevice(info);
}
