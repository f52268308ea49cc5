import type { DeviceInfo } from "./device_info.ts";
import { InvalidArgumentError } from "./errors.ts";
import type { AnyOp, Tuning } from "./op.ts";
import { composeShader, type UniformField, uniformFields } from "./shader.ts";
import { SHADER_STAGE } from "./webgpu_numbers.ts";

/** A compiled op: the pipeline, its bind group layout, and the uniform's fields in order. */
export interface CompiledOp {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  readonly fields: readonly UniformField[];
}

/** Compiles each variant of an op (arguments present, options, tuning) once. */
export class PipelineCache {
  readonly #compiled = new Map<AnyOp, Map<string, CompiledOp>>();

  constructor(readonly gpu: GPUDevice, readonly info: DeviceInfo) {}

  get(op: AnyOp, present: readonly string[], settings: Record<string, unknown>, tuning: Tuning): CompiledOp {
    // What is chosen, in the order in which the op says it.
    let key = "";
    for (const name of present) key += `${name},`;
    for (const name in op.options) key += `${settings[name]};`;
    for (const name in tuning) key += `${name}:${tuning[name]};`;
    let variants = this.#compiled.get(op);
    if (!variants) this.#compiled.set(op, variants = new Map());
    let compiled = variants.get(key);
    if (!compiled) variants.set(key, compiled = this.#compile(op, present, settings, tuning));
    return compiled;
  }

  #compile(
    op: AnyOp,
    present: readonly string[],
    settings: Record<string, unknown>,
    tuning: Tuning,
  ): CompiledOp {
    const limit = this.info.limits.maxStorageBuffersPerShaderStage;
    if (present.length > limit) {
      throw new InvalidArgumentError(
        `Expected at most ${limit} matrices in one op on this adapter but found ${present.length} in ${op.name}`,
      );
    }
    const buffers = present.map((
      name,
    ) => (op.bindings[name].includes("out") ? "storage" : "read-only-storage"));
    const entries = (["uniform", ...buffers] as GPUBufferBindingType[]).map((type, binding) => ({
      binding,
      visibility: SHADER_STAGE.COMPUTE,
      buffer: { type, hasDynamicOffset: type === "uniform" },
    }));
    const layout = this.gpu.createBindGroupLayout({ entries, label: op.name });
    const directive = tuning.subgroups ? this.info.subgroups?.directive : undefined;
    const code = (directive ?? "") + composeShader(op, present, settings, tuning);
    const module = this.gpu.createShaderModule({ code, label: op.name });
    const pipeline = this.gpu.createComputePipeline({
      label: op.name,
      layout: this.gpu.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: "main" },
    });
    return { pipeline, layout, fields: uniformFields(op, present) };
  }
}
