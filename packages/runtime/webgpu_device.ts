import { BufferPool } from "./buffer_pool.ts";
import { assertLength, overlaps, POISON, rowsOf, typeOf } from "./cpu_device.ts";
import type { Device, DeviceInfo } from "./device.ts";
import { DeviceLostError, DeviceOperationError, formatBytes, OutOfDeviceMemoryError } from "./errors.ts";
import { completeSettings, cutIntoPanels, planLaunches } from "./launch.ts";
import {
  assertCount,
  BitMatrix,
  type DeviceArray,
  type ElementArray,
  type ElementType,
  Matrix,
  type Panel,
  wordsPerBitRow,
} from "./matrix.ts";
import { MemoryMeter } from "./memory_meter.ts";
import type { AnyOp, HostArray } from "./op.ts";
import { PipelineCache } from "./pipeline_cache.ts";
import { UniformArena } from "./uniform_arena.ts";

/** Bytes of released buffers kept for reuse. */
const POOL_BYTES = 2 ** 30;

/** Bytes of one staging buffer: larger reads go piece by piece, so that reading never doubles a large matrix. */
const STAGING_BYTES = 2 ** 26;

export interface WebGpuDeviceOptions {
  readonly maxBindingBytes?: number;
  readonly poison?: boolean;
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
        const storage = this.#checked(what, () => this.#pool.take(panelRows * wordsPerRow * 4));
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
    // The queue writes before anything not yet submitted; what is recorded must come first.
    this.#submit();
    for (
      const { panel, panelStart, dataStart, dataEnd } of overlaps(target, firstRow, rowsOf(target, data))
    ) {
      const bytes = new Uint8Array(
        data.buffer as ArrayBuffer,
        data.byteOffset + dataStart * 4,
        (dataEnd - dataStart) * 4,
      );
      this.gpu.queue.writeBuffer(panel.storage as GPUBuffer, panelStart * 4, bytes);
    }
  }

  clear(target: DeviceArray): void {
    const encoder = this.#copying();
    for (const panel of target.panels) encoder.clearBuffer(panel.storage as GPUBuffer);
  }

  run(op: AnyOp, args: Record<string, DeviceArray | undefined>, settings?: Record<string, unknown>): void {
    this.#assertAlive();
    const complete = completeSettings(op, settings);
    for (const launch of planLaunches(op, args, this.info.maxBindingBytes)) {
      const tuning = op.tuning?.(launch.shapes, complete, this.info) ?? {};
      const [x, y = 1, z = 1] = op.workgroups(launch.shapes, complete, tuning);
      if (x * y * z === 0) continue;
      const present = Object.keys(launch.panels);
      if (this.#uniforms.full) this.#submit();
      const pass = this.#computing(op.name);
      const { pipeline, layout, fields } = this.#pipelines.get(op, present, complete, tuning);
      const uniform = this.#uniforms.add(fields, launch, complete);
      const entries: GPUBindGroupEntry[] = [{ binding: 0, resource: uniform }];
      present.forEach((name, index) => {
        const { storage, rows } = launch.panels[name];
        const size = Math.max(rows * launch.shapes[name].wordsPerRow * 4, 4);
        const resource = { buffer: storage as GPUBuffer, size: Math.ceil(size / 16) * 16 };
        entries.push({ binding: index + 1, resource });
      });
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, this.gpu.createBindGroup({ layout, entries }));
      pass.dispatchWorkgroups(x, y, z);
    }
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
    this.#failures.push(this.#popScope("recorded work"), this.#popScope("recorded work"));
    this.#pool.trim();
  }

  /** Runs `allocate` under error scopes whose verdict arrives with the next wait. */
  #checked(what: string, allocate: () => GPUBuffer): GPUBuffer {
    this.gpu.pushErrorScope("out-of-memory");
    this.gpu.pushErrorScope("validation");
    try {
      return allocate();
    } finally {
      this.#failures.push(this.#popScope(what), this.#popScope(what));
    }
  }

  #popScope(what: string): Promise<void> {
    const verdict = this.gpu.popErrorScope().then((error) => {
      if (!error) return;
      const { maxBufferSize } = this.info.limits;
      if (error instanceof GPUOutOfMemoryError || error.message.includes("maxBufferSize")) {
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

  async #settle(wait: Promise<unknown>): Promise<void> {
    const failures = this.#failures;
    this.#failures = [];
    await Promise.race([Promise.all([...failures, wait]), this.#lost]);
  }

  async read<T extends ElementType>(
    source: Matrix<T>,
    rows?: readonly [number, number],
  ): Promise<ElementArray<T>> {
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
    const result = new Uint8Array((to - from) * source.wordsPerRow * 4);
    for (const { panel, panelStart, dataStart, dataEnd } of overlaps(source, from, to - from)) {
      for (let done = dataStart * 4; done < dataEnd * 4; done += STAGING_BYTES) {
        const size = Math.min(STAGING_BYTES, dataEnd * 4 - done);
        const offset = panelStart * 4 + done - dataStart * 4;
        result.set(new Uint8Array(await this.#fetch(panel.storage as GPUBuffer, offset, size)), done);
      }
    }
    // An empty matrix reads nothing, yet errors recorded before it must still arrive.
    if (result.length === 0) await this.idle();
    return result.buffer;
  }

  async #fetch(buffer: GPUBuffer, offset: number, size: number): Promise<ArrayBuffer> {
    const encoder = this.#copying();
    const staging = this.gpu.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    encoder.copyBufferToBuffer(buffer, offset, staging, 0, size);
    this.#submit();
    const mapping = staging.mapAsync(GPUMapMode.READ);
    // Where an earlier error makes the map fail too, the earlier one is the one to report.
    mapping.catch(() => {});
    await this.#settle(mapping);
    const copy = staging.getMappedRange().slice(0);
    staging.destroy();
    return copy;
  }

  async idle(): Promise<void> {
    this.#submit();
    await this.#settle(this.gpu.queue.onSubmittedWorkDone());
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

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
