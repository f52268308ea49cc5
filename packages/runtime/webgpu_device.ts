import { BufferPool } from "./buffer_pool.ts";
import { assertKept, assertLength, assertOwn, overlaps, POISON, rowsOf, typeOf } from "./cpu_device.ts";
import type { Device } from "./device.ts";
import type { DeviceInfo } from "./device_info.ts";
import type { ElementArray, ElementType, HostArray } from "./elements.ts";
import {
  DeviceLostError,
  DeviceOperationError,
  formatBytes,
  GraphonLimitError,
  OutOfDeviceMemoryError,
} from "./errors.ts";
import { GeneratedMatrix } from "./generated_matrix.ts";
import { completeSettings, type Launch, launchWith, type Place, planLaunches } from "./launch.ts";
import { assertCount, BitMatrix, type DeviceArray, Matrix, type Panel, wordsPerBitRow } from "./matrix.ts";
import { MemoryMeter } from "./memory_meter.ts";
import type { AnyOp, ErasedSettings } from "./op.ts";
import { cutIntoPanels } from "./panels.ts";
import { PipelineCache } from "./pipeline_cache.ts";
import { UniformArena } from "./uniform_arena.ts";

/** Bytes of released buffers kept for reuse. */
const POOL_BYTES = 2 ** 30;

/** Bytes of one staging buffer: larger reads go piece by piece, so that reading never doubles a large matrix. */
const STAGING_BYTES = 2 ** 26;

/** Milliseconds within which a device that refused work for being lost says so. */
const LOSS_MS = 200;

export interface WebGpuDeviceOptions {
  readonly maxBindingBytes?: number | undefined;
  readonly sliceBytes?: number | undefined;
  readonly poison?: boolean | undefined;
}

/** Runs every op's shader on a WebGPU adapter. */
export class WebGpuDevice implements Device {
  readonly #pool: BufferPool;
  readonly #pipelines: PipelineCache;
  readonly #uniforms: UniformArena;
  readonly #meter = new MemoryMeter();
  readonly #poison: boolean;
  /** Rejects when the device is lost; every wait races with it. */
  readonly #lost: Promise<never>;
  #lossReason: string | undefined;
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  #failures: Promise<void>[] = [];
  /** Submissions and writes so far, and how many of them are known to be done. */
  #handedOver = 0;
  #done = 0;

  constructor(
    readonly gpu: GPUDevice,
    readonly info: DeviceInfo,
    { poison = false }: WebGpuDeviceOptions = {},
  ) {
    const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
    this.#pool = new BufferPool(gpu, STORAGE | COPY_SRC | COPY_DST, POOL_BYTES);
    this.#pipelines = new PipelineCache(gpu, info);
    this.#uniforms = new UniformArena(gpu, info.limits.minUniformBufferOffsetAlignment ?? 256);
    this.#poison = poison;
    this.#lost = gpu.lost.then(({ message }) => {
      this.#lossReason ??= message || "The device was lost";
      throw new DeviceLostError(oneLine(this.#lossReason));
    });
    this.#lost.catch(() => {});
  }

  get memory() {
    return this.#meter.reading;
  }

  matrix<T extends ElementType = "f32">(rows: number, cols: number, type = "f32" as T): Matrix<T> {
    const panels = this.#allocate(rows, cols, cols, type);
    return new Matrix(this, rows, cols, type, panels, (released) => this.#release(released));
  }

  bits(rows: number, cols: number): BitMatrix {
    const panels = this.#allocate(rows, cols, wordsPerBitRow(cols), "bits");
    return new BitMatrix(this, rows, cols, panels, (released) => this.#release(released));
  }

  #allocate(rows: number, cols: number, wordsPerRow: number, type: string): Panel[] {
    this.#assertAlive();
    assertCount("rows", rows);
    assertCount("columns", cols);
    const what = `${rows}×${cols} ${type}`;
    const panels = cutIntoPanels(rows, cols, this.info.maxBindingBytes, what).map(
      ([rowOffset, panelRows]) => {
        const storage = this.#takeBuffer(what, panelRows * wordsPerRow * 4);
        this.#meter.add(storage.size);
        return { rowOffset, rows: panelRows, storage };
      },
    );
    if (this.#poison) {
      this.#submit();
      for (const { storage } of panels) {
        this.gpu.queue.writeBuffer(storage, 0, new Uint32Array(storage.size / 4).fill(POISON));
      }
    }
    return panels;
  }

  #release(panels: readonly Panel[]): void {
    for (const { storage } of panels) {
      this.#meter.add(-(storage as GPUBuffer).size);
      if (this.#lossReason === undefined) this.#pool.give(storage as GPUBuffer);
    }
    if (!this.#encoder && this.#lossReason === undefined) this.#pool.trim();
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
    const pieces = overlaps(target, firstRow, rowsOf(target, data));
    // The queue writes before anything not yet submitted; what is recorded must come first.
    this.#submit();
    for (const { panel, panelStart, dataStart, dataEnd } of pieces) {
      const bytes = new Uint8Array(
        data.buffer as ArrayBuffer,
        data.byteOffset + dataStart * 4,
        (dataEnd - dataStart) * 4,
      );
      this.gpu.queue.writeBuffer(panel.storage as GPUBuffer, panelStart * 4, bytes);
    }
    this.#handedOver++;
  }

  clear(target: DeviceArray): void {
    this.#assertAlive();
    assertOwn(this, target);
    assertKept(target);
    const encoder = this.#copying();
    for (const panel of target.panels) encoder.clearBuffer(panel.storage as GPUBuffer);
  }

  run(op: AnyOp, args: Record<string, DeviceArray | undefined>, settings?: Record<string, unknown>): void {
    this.#assertAlive();
    const complete = completeSettings(op, settings);
    assertOwn(this, ...Object.values(args));
    for (const launch of planLaunches(op, args, complete, this.info)) {
      launchWith(launch, (places) => this.#dispatch(op, launch, places, complete));
    }
  }

  #dispatch(
    op: AnyOp,
    launch: Launch,
    places: Readonly<Record<string, Place>>,
    settings: ErasedSettings,
  ): void {
    const tuning = op.tuning?.(launch.shapes, settings, this.info) ?? {};
    const [x, y = 1, z = 1] = op.workgroups(launch.shapes, settings, tuning);
    if (x * y * z === 0) return;
    const present = Object.keys(launch.shapes);
    if (this.#uniforms.full) this.#submit();
    const pass = this.#computing(op.name);
    const { pipeline, layout, fields } = this.#pipelines.get(op, present, settings, tuning);
    const uniform = this.#uniforms.add(fields, launch, settings);
    const entries: GPUBindGroupEntry[] = [{ binding: 0, resource: uniform }];
    present.forEach((name, index) => {
      const { storage, start } = places[name], { rows, wordsPerRow } = launch.shapes[name];
      const size = Math.max(rows * wordsPerRow * 4, 4);
      const resource = {
        buffer: storage as GPUBuffer,
        offset: start * 4,
        size: Math.ceil(size / 16) * 16,
      };
      entries.push({ binding: index + 1, resource });
    });
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, this.gpu.createBindGroup({ layout, entries }));
    pass.dispatchWorkgroups(x, y, z);
  }

  #computing(label: string): GPUComputePassEncoder {
    this.#encoder ??= this.#begin();
    this.#pass ??= this.#encoder.beginComputePass({ label });
    return this.#pass;
  }

  #copying(): GPUCommandEncoder {
    this.#assertAlive();
    this.#encoder ??= this.#begin();
    this.#pass?.end();
    this.#pass = undefined;
    return this.#encoder;
  }

  #begin(): GPUCommandEncoder {
    this.gpu.pushErrorScope("out-of-memory");
    this.gpu.pushErrorScope("validation");
    return this.gpu.createCommandEncoder();
  }

  #submit(): void {
    this.#assertAlive();
    const encoder = this.#encoder;
    if (!encoder) return;
    this.#pass?.end();
    this.#pass = this.#encoder = undefined;
    this.#uniforms.flush();
    this.gpu.queue.submit([encoder.finish()]);
    this.#handedOver++;
    this.#failures.push(this.#popScope("recorded work"), this.#popScope("recorded work"));
    this.#pool.trim();
  }

  /** A buffer from the pool, under error scopes whose verdict arrives with the next wait. */
  #takeBuffer(what: string, bytes: number): GPUBuffer {
    this.gpu.pushErrorScope("out-of-memory");
    this.gpu.pushErrorScope("validation");
    const buffer = this.#pool.take(bytes);
    for (const verdict of [this.#popScope(what), this.#popScope(what)]) {
      this.#failures.push(verdict);
      verdict.catch(() => this.#pool.refuse(buffer));
    }
    return buffer;
  }

  #popScope(what: string): Promise<void> {
    const verdict = this.gpu.popErrorScope().then((error) => {
      if (!error) return;
      const { maxBufferSize } = this.info.limits;
      if (error instanceof GPUOutOfMemoryError || /max\w*[ -]?buffer[ -]?size/i.test(error.message)) {
        throw new OutOfDeviceMemoryError(
          `${what} does not fit the device (largest buffer ${formatBytes(maxBufferSize)})`,
        );
      }
      throw new DeviceOperationError(oneLine(`The device refused ${what}: ${error.message}`));
    });
    // The verdict is awaited at the next read; until then its rejection is not an unhandled one.
    verdict.catch(() => {});
    return verdict;
  }

  /** Waits for what was handed over until now, `until`, and for the verdicts on it. */
  async #settle(wait: Promise<unknown>, until: number): Promise<void> {
    const failures = this.#failures;
    this.#failures = [];
    try {
      await Promise.race([Promise.all([...failures, wait]), this.#lost]);
      this.#done = Math.max(this.#done, until);
    } catch (error) {
      if (error instanceof GraphonLimitError) throw error;
      // A device that is being lost refuses what is asked of it before it says that it is lost.
      await Promise.race([this.#lost, new Promise((resolve) => setTimeout(resolve, LOSS_MS))]);
      throw new DeviceOperationError(oneLine(`The device refused recorded work: ${error}`));
    }
  }

  async read<T extends ElementType>(
    source: Matrix<T>,
    rows?: readonly [number, number],
  ): Promise<ElementArray<T>> {
    if (source instanceof GeneratedMatrix) {
      assertOwn(this, source);
      return await source.read(rows) as ElementArray<T>;
    }
    const bytes = await this.#copy(source, rows);
    const types = { f32: Float32Array, u32: Uint32Array, i32: Int32Array };
    return new types[source.type](bytes) as ElementArray<T>;
  }

  async readBits(source: BitMatrix, rows?: readonly [number, number]): Promise<Uint32Array> {
    return new Uint32Array(await this.#copy(source, rows));
  }

  async #copy(
    source: DeviceArray,
    [from, to]: readonly [number, number] = [0, source.rows],
  ): Promise<ArrayBuffer> {
    this.#assertAlive();
    assertOwn(this, source);
    const pieces: Piece[] = overlaps(source, from, to - from).flatMap(
      ({ panel, panelStart, dataStart, dataEnd }) => {
        const buffer = panel.storage as GPUBuffer, size = (dataEnd - dataStart) * 4;
        return Array.from({ length: Math.ceil(size / STAGING_BYTES) }, (_, index) => {
          const done = index * STAGING_BYTES;
          return { buffer, offset: panelStart * 4 + done, size: Math.min(STAGING_BYTES, size - done) };
        });
      },
    );
    const result = new Uint8Array((to - from) * source.wordsPerRow * 4);
    for (let next = 0, done = 0; next < pieces.length;) {
      const together: Piece[] = [];
      let size = 0;
      while (next < pieces.length && size + pieces[next].size <= STAGING_BYTES) {
        size += pieces[next].size;
        together.push(pieces[next++]);
      }
      result.set(new Uint8Array(await this.#fetch(together, size)), done);
      done += size;
    }
    // An empty matrix reads nothing, yet errors recorded before it must still arrive.
    if (result.length === 0) await this.idle();
    return result.buffer;
  }

  /** The pieces' bytes, one after the other, copied at one point of the recorded work. */
  async #fetch(pieces: readonly Piece[], size: number): Promise<ArrayBuffer> {
    const encoder = this.#copying();
    const staging = this.gpu.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    let position = 0;
    for (const piece of pieces) {
      encoder.copyBufferToBuffer(piece.buffer, piece.offset, staging, position, piece.size);
      position += piece.size;
    }
    this.#submit();
    const mapping = staging.mapAsync(GPUMapMode.READ);
    // Where an earlier error makes the map fail too, the earlier one is the one to report.
    mapping.catch(() => {});
    await this.#settle(mapping, this.#handedOver);
    const copy = staging.getMappedRange().slice(0);
    staging.destroy();
    return copy;
  }

  async idle(): Promise<void> {
    this.#submit();
    // Deno looks whether work is done every 10 ms, beginning with the first 10: nothing is worth such a wait.
    if (this.#done === this.#handedOver && this.#failures.length === 0) return;
    await this.#settle(this.gpu.queue.onSubmittedWorkDone(), this.#handedOver);
  }

  [Symbol.dispose](): void {
    if (this.#lossReason !== undefined) return;
    this.#lossReason = "The device was closed";
    this.#pass?.end();
    this.#pass = this.#encoder = undefined;
    this.gpu.destroy();
  }

  #assertAlive(): void {
    if (this.#lossReason !== undefined) throw new DeviceLostError(oneLine(this.#lossReason));
  }
}

/** Bytes of one buffer on their way to the host. */
interface Piece {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
