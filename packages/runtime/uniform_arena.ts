import type { Launch } from "./launch.ts";
import { snakeCase } from "./shader.ts";

/** Bytes of uniforms gathered before they are sent: one upload serves all launches of a submission. */
const ARENA_BYTES = 65536;

/** More than any launch's uniforms take. */
const LAUNCH_BYTES = 512;

/** The uniforms of one submission, side by side in one buffer. */
export class UniformArena {
  readonly #words = new DataView(new ArrayBuffer(ARENA_BYTES));
  readonly #buffer: GPUBuffer;
  #used = 0;

  constructor(readonly gpu: GPUDevice, readonly alignment: number) {
    this.#buffer = gpu.createBuffer({
      size: ARENA_BYTES,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
      label: "uniforms",
    });
  }

  /** True when the next launch may not fit: submit first. */
  get full(): boolean {
    return this.#used + LAUNCH_BYTES > ARENA_BYTES;
  }

  /** Adds a launch's numbers and says where they will be. */
  add(
    fields: readonly { name: string; type: string }[],
    launch: Launch,
    settings: Record<string, unknown>,
  ): GPUBufferBinding {
    const values: Record<string, number> = {
      row_offset: launch.rowOffset,
      first_panel: launch.firstPanel ? 1 : 0,
    };
    for (const name in launch.shapes) {
      const { rows, cols, wordsPerRow } = launch.shapes[name];
      const prefix = snakeCase(name);
      values[`${prefix}_rows`] = rows;
      values[`${prefix}_cols`] = cols;
      values[`${prefix}_words`] = wordsPerRow;
    }
    for (const name in settings) values[snakeCase(name)] = Number(settings[name]);

    const offset = this.#used, size = Math.ceil(fields.length / 4) * 16;
    fields.forEach(({ name, type }, index) => {
      const position = offset + index * 4;
      if (type === "f32") this.#words.setFloat32(position, values[name], true);
      else if (type === "i32") this.#words.setInt32(position, values[name], true);
      else this.#words.setUint32(position, values[name], true);
    });
    this.#used = Math.ceil((offset + size) / this.alignment) * this.alignment;
    return { buffer: this.#buffer, offset, size };
  }

  /** Sends what was added; call right before the submission that uses it. */
  flush(): void {
    if (this.#used > 0) this.gpu.queue.writeBuffer(this.#buffer, 0, this.#words.buffer, 0, this.#used);
    this.#used = 0;
  }
}
