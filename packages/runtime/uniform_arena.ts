import type { Bound } from "./bind_groups.ts";
import type { Launch } from "./launch.ts";
import type { UniformField } from "./shader.ts";
import { BUFFER_USAGE } from "./webgpu_numbers.ts";

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
      usage: BUFFER_USAGE.UNIFORM | BUFFER_USAGE.COPY_DST,
      label: "uniforms",
    });
  }

  /** True when the next launch may not fit: submit first. */
  get full(): boolean {
    return this.#used + LAUNCH_BYTES > ARENA_BYTES;
  }

  /** Adds a launch's numbers and says where they will be: in which bytes, and how far behind them. */
  add(
    fields: readonly UniformField[],
    launch: Launch,
    settings: Record<string, unknown>,
  ): { readonly uniforms: Bound; readonly offset: number } {
    const offset = this.#used, size = Math.ceil(fields.length / 4) * 16;
    for (let index = 0; index < fields.length; index++) {
      const { type, of } = fields[index], position = offset + index * 4;
      const value = "binding" in of
        ? launch.shapes[of.binding][of.size]
        : "setting" in of
        ? Number(settings[of.setting])
        : Number(launch[of.position]);
      if (type === "f32") this.#words.setFloat32(position, value, true);
      else if (type === "i32") this.#words.setInt32(position, value, true);
      else this.#words.setUint32(position, value, true);
    }
    this.#used = Math.ceil((offset + size) / this.alignment) * this.alignment;
    return { uniforms: { buffer: this.#buffer, offset: 0, size }, offset };
  }

  /** Sends what was added; call right before the submission that uses it. */
  flush(): void {
    if (this.#used > 0) this.gpu.queue.writeBuffer(this.#buffer, 0, this.#words.buffer, 0, this.#used);
    this.#used = 0;
  }
}
