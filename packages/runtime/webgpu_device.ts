import { BindGroups, type Bound } from "./bind_groups.ts";
import { BufferPool } from "./buffer_pool.ts";
import type { Device } from "./device.ts";
import type { DeviceInfo } from "./device_info.ts";
import type { ElementArray, ElementType, HostArray } from "./elements.ts";
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
import { completeSettings, type Launch, launchWith, type Place, planLaunches } from "./launch.ts";
import { assertCount, BitMatrix, type DeviceArray, Matrix, type Panel, wordsPerBitRow } from "./matrix.ts";
import { MemoryMeter } from "./memory_meter.ts";
import type { AnyOp, ErasedSettings } from "./op.ts";
import { cutIntoPanels } from "./panels.ts";
import { PipelineCache } from "./pipeline_cache.ts";
import { Readback } from "./readback.ts";
import { type Piece, stagingGroups } from "./staging.ts";
import { UniformArena } from "./uniform_arena.ts";
import { BUFFER_USAGE } from "./webgpu_numbers.ts";
import { WorkLog } from "./work_log.ts";

/** Bytes of released buffers kept for reuse. */
const POOL_BYTES = 2 ** 30;

export interface WebGpuDeviceOptions {
  /** Fill fresh memory with `POISON`. */
  readonly poison?: boolean | undefined;
}

/** Runs every op's shader on a WebGPU adapter. */
export class WebGpuDevice implements Device {
  readonly #pool: BufferPool;
  readonly #pipelines: PipelineCache;
  readonly #uniforms: UniformArena;
  readonly #groups: BindGroups;
  readonly #meter = new MemoryMeter();
  readonly #poison: boolean;
  readonly #log: WorkLog;
  readonly #readback: Readback;
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  /** What the pass was told to run last: telling it again would take the host a tenth of a launch. */
  #pipeline: GPUComputePipeline | undefined;
  /** The submission at the end of this turn, where something is to be read. */
  #soon: Promise<void> | undefined;

  constructor(
    readonly gpu: GPUDevice,
    readonly info: DeviceInfo,
    { poison = false }: WebGpuDeviceOptions = {},
  ) {
    const { STORAGE, COPY_SRC, COPY_DST } = BUFFER_USAGE;
    this.#pool = new BufferPool(gpu, STORAGE | COPY_SRC | COPY_DST, POOL_BYTES);
    this.#pipelines = new PipelineCache(gpu, info);
    this.#groups = new BindGroups(gpu);
    this.#uniforms = new UniformArena(gpu, info.limits.minUniformBufferOffsetAlignment ?? 256);
    this.#poison = poison;
    this.#log = new WorkLog(gpu);
    this.#readback = new Readback(gpu, info.backend);
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
    this.#log.assertAlive();
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
      if (this.#log.alive) this.#pool.give(storage as GPUBuffer);
    }
    if (!this.#encoder && this.#log.alive) this.#pool.trim();
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
    this.#log.assertAlive();
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
    this.#log.handOver();
  }

  clear(target: DeviceArray): void {
    this.#log.assertAlive();
    assertOwn(this, target);
    assertKept(target);
    const encoder = this.#copying();
    for (const panel of target.panels) encoder.clearBuffer(panel.storage as GPUBuffer);
  }

  run(op: AnyOp, args: Record<string, DeviceArray | undefined>, settings?: Record<string, unknown>): void {
    this.#log.assertAlive();
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
    const compiled = this.#pipelines.get(op, present, settings, tuning);
    const { uniforms, offset } = this.#uniforms.add(compiled.fields, launch, settings);
    const bound = present.map((name): Bound => {
      const { storage, start } = places[name], { rows, wordsPerRow } = launch.shapes[name];
      const bytes = Math.max(rows * wordsPerRow * 4, 4);
      return { buffer: storage as GPUBuffer, offset: start * 4, size: Math.ceil(bytes / 16) * 16 };
    });
    if (this.#pipeline !== compiled.pipeline) pass.setPipeline(this.#pipeline = compiled.pipeline);
    pass.setBindGroup(0, this.#groups.get(compiled, uniforms, bound), [offset]);
    pass.dispatchWorkgroups(x, y, z);
  }

  #computing(label: string): GPUComputePassEncoder {
    if (this.#pass) return this.#pass;
    this.#encoder ??= this.#begin();
    this.#pipeline = undefined;
    return this.#pass = this.#encoder.beginComputePass({ label });
  }

  #copying(): GPUCommandEncoder {
    this.#log.assertAlive();
    this.#encoder ??= this.#begin();
    this.#pass?.end();
    this.#pass = undefined;
    return this.#encoder;
  }

  #begin(): GPUCommandEncoder {
    this.#log.openScopes();
    return this.gpu.createCommandEncoder();
  }

  #submit(): void {
    this.#log.assertAlive();
    const encoder = this.#encoder;
    if (!encoder) return;
    this.#pass?.end();
    this.#pass = this.#encoder = undefined;
    this.#uniforms.flush();
    this.gpu.queue.submit([encoder.finish()]);
    this.#log.handOver();
    this.#log.closeScopes("recorded work");
    this.#pool.trim();
  }

  /** Submits when all that is asked for in this turn is recorded: whatever is read together is one submission. */
  #submitSoon(): Promise<void> {
    return this.#soon ??= Promise.resolve().then(() => {
      this.#soon = undefined;
      this.#submit();
    });
  }

  /** A buffer from the pool; one that is made for it under error scopes whose verdict arrives with the next wait. */
  #takeBuffer(what: string, bytes: number): GPUBuffer {
    return this.#pool.take(bytes, (make) => {
      this.#log.openScopes();
      const buffer = make();
      this.#log.closeScopes(what, () => this.#pool.refuse(buffer));
      return buffer;
    });
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
    return new arrayTypes[source.type](bytes) as ElementArray<T>;
  }

  async readBits(source: BitMatrix, rows?: readonly [number, number]): Promise<Uint32Array> {
    return new Uint32Array(await this.#copy(source, rows));
  }

  async #copy(
    source: DeviceArray,
    [from, to]: readonly [number, number] = [0, source.rows],
  ): Promise<ArrayBuffer> {
    this.#log.assertAlive();
    assertOwn(this, source);
    const groups = stagingGroups(source, from, to);
    const result = new Uint8Array((to - from) * source.wordsPerRow * 4);
    let done = 0;
    for (const pieces of groups) {
      const bytes = new Uint8Array(await this.#fetch(pieces));
      result.set(bytes, done);
      done += bytes.length;
    }
    // An empty matrix reads nothing, yet errors recorded before it must still arrive.
    if (result.length === 0) await this.idle();
    return result.buffer;
  }

  /** The pieces' bytes, one after the other, copied at one point of the recorded work. */
  async #fetch(pieces: readonly Piece[]): Promise<ArrayBuffer> {
    const encoder = this.#copying(), size = pieces.reduce((sum, piece) => sum + piece.size, 0);
    const staging = this.#readback.take(size);
    let position = 0;
    for (const piece of pieces) {
      encoder.copyBufferToBuffer(piece.buffer, piece.offset, staging, position, piece.size);
      position += piece.size;
    }
    await this.#submitSoon();
    return await this.#readback.read(staging, size, (wait) => this.#log.settleWith(wait));
  }

  async idle(): Promise<void> {
    this.#submit();
    await this.#log.settle(() => this.#readback.done());
  }

  [Symbol.dispose](): void {
    if (!this.#log.alive) return;
    this.#log.end("The device was closed");
    this.#pass?.end();
    this.#pass = this.#encoder = undefined;
    this.gpu.destroy();
  }
}
