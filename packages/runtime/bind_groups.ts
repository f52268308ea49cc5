import type { CompiledOp } from "./pipeline_cache.ts";

/** Groups that are kept: a training step needs some hundred, again and again. */
const KEPT = 4096;

/** Bytes of a buffer, as a launch binds them. */
export interface Bound {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

/**
 * Bind groups, kept for the next launch of the same variant of an op with the same bytes: making one takes the host longer than
 * the rest of a launch. Where in the arena a launch's uniforms are is told when the group is set.
 */
export class BindGroups {
  readonly #gpu: GPUDevice;
  readonly #numbers = new WeakMap<GPUBuffer, number>();
  #known = new WeakMap<CompiledOp, Map<string, GPUBindGroup>>();
  #count = 0;
  #buffers = 0;

  constructor(gpu: GPUDevice) {
    this.#gpu = gpu;
  }

  /** @param uniforms the arena, from its beginning, with the size of the op's */
  get(compiled: CompiledOp, uniforms: Bound, bound: readonly Bound[]): GPUBindGroup {
    let groups = this.#known.get(compiled);
    if (!groups) this.#known.set(compiled, groups = new Map());
    let key = "";
    for (const { buffer, offset, size } of bound) key += `${this.#number(buffer)} ${offset} ${size},`;
    let group = groups.get(key);
    if (group) return group;
    // What is bound in a group stays known to the engine: that many, and all are made anew.
    if (this.#count >= KEPT) {
      this.#known = new WeakMap([[compiled, groups = new Map()]]);
      this.#count = 0;
    }
    const entries = [uniforms, ...bound].map((resource, binding) => ({ binding, resource }));
    group = this.#gpu.createBindGroup({ layout: compiled.layout, entries });
    groups.set(key, group);
    this.#count++;
    return group;
  }

  #number(buffer: GPUBuffer): number {
    let number = this.#numbers.get(buffer);
    if (number === undefined) this.#numbers.set(buffer, number = this.#buffers++);
    return number;
  }
}
