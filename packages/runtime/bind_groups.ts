import type { CompiledOp } from "./pipeline_cache.ts";

/** Groups that are kept: a training step needs some hundred, again and again. */
const KEPT = 4096;

/** Bytes of a buffer, as a launch binds them. */
export interface Bound {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

/** Groups by the bytes bound last, and by those before in the nodes above. */
interface Node {
  readonly below: Map<number, Node>;
  group?: GPUBindGroup;
}

/** Bytes of a buffer, by a number of their own. */
interface Slice {
  readonly offset: number;
  readonly size: number;
  readonly id: number;
}

/**
 * Bind groups, kept for the next launch of the same variant of an op with the same bytes: making one takes the host longer than
 * the rest of a launch. Where in the arena a launch's uniforms are is told when the group is set.
 */
export class BindGroups {
  readonly #gpu: GPUDevice;
  readonly #slices = new WeakMap<GPUBuffer, Slice[]>();
  #known = new WeakMap<CompiledOp, Node>();
  #count = 0;
  #ids = 0;

  constructor(gpu: GPUDevice) {
    this.#gpu = gpu;
  }

  /** @param uniforms the arena, from its beginning, with the size of the op's */
  get(compiled: CompiledOp, uniforms: Bound, bound: readonly Bound[]): GPUBindGroup {
    const found = this.#nodeOf(compiled, bound);
    if (found.group) return found.group;
    let node = found;
    // What is bound in a group stays known to the engine: that many, and all are made anew.
    if (this.#count >= KEPT) {
      this.#known = new WeakMap();
      this.#count = 0;
      node = this.#nodeOf(compiled, bound);
    }
    const entries = [uniforms, ...bound].map((resource, binding) => ({ binding, resource }));
    this.#count++;
    return node.group = this.#gpu.createBindGroup({ layout: compiled.layout, entries });
  }

  #nodeOf(compiled: CompiledOp, bound: readonly Bound[]): Node {
    const top = this.#known.get(compiled) ?? { below: new Map<number, Node>() };
    this.#known.set(compiled, top);
    return bound.reduce((node: Node, slice) => {
      const id = this.#idOf(slice), known = node.below.get(id);
      if (known) return known;
      const made: Node = { below: new Map() };
      node.below.set(id, made);
      return made;
    }, top);
  }

  #idOf({ buffer, offset, size }: Bound): number {
    let slices = this.#slices.get(buffer);
    if (!slices) this.#slices.set(buffer, slices = []);
    for (const slice of slices) if (slice.offset === offset && slice.size === size) return slice.id;
    const id = this.#ids++;
    slices.push({ offset, size, id });
    return id;
  }
}
