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

/** A variant of an op: the arguments present, what is chosen of its options, in their order, and its tuning. */
interface Variant {
  readonly present: readonly string[];
  readonly chosen: readonly unknown[];
  readonly tuning: Tuning;
  readonly compiled: CompiledOp;
}

/** Compiles each variant of an op (arguments present, options, tuning) once. */
export class PipelineCache {
  readonly #compiled = new Map<AnyOp, Variant[]>();

  constructor(readonly gpu: GPUDevice, readonly info: DeviceInfo) {}

  get(op: AnyOp, present: readonly string[], settings: Record<string, unknown>, tuning: Tuning): CompiledOp {
    let variants = this.#compiled.get(op);
    if (!variants) this.#compiled.set(op, variants = []);
    for (const variant of variants) {
      if (isOf(variant, op, present, settings, tuning)) return variant.compiled;
    }
    const compiled = this.#compile(op, present, settings, tuning);
    const chosen = Object.keys(op.options).map((name) => settings[name]);
    variants.push({ present: [...present], chosen, tuning: { ...tuning }, compiled });
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

/** Whether this is the variant that is asked for: compared one by one, since a text of it all would take longer to make. */
function isOf(
  variant: Variant,
  op: AnyOp,
  present: readonly string[],
  settings: Record<string, unknown>,
  tuning: Tuning,
): boolean {
  if (variant.present.length !== present.length) return false;
  for (let at = 0; at < present.length; at++) if (variant.present[at] !== present[at]) return false;
  let at = 0;
  for (const name in op.options) if (variant.chosen[at++] !== settings[name]) return false;
  for (const name in tuning) if (variant.tuning[name] !== tuning[name]) return false;
  for (const name in variant.tuning) if (!(name in tuning)) return false;
  return true;
}
