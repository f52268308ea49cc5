/** What a tensor's name says, by the habits of the libraries that write them. */
export interface TensorName {
  /** The name without what marks a mask or an original: `fc1.weight` for `fc1.weight_mask` and `fc1.weight_orig`. */
  readonly base: string;
  /** The base without its last part where that is a weight or a bias: `fc1`. */
  readonly layer: string;
  readonly part: "weight" | "bias" | undefined;
  /** Whether the name says that it is a mask. */
  readonly isMask: boolean;
  /** Whether the name is Keras's and Flax's for a weight, which they store `[in, out]`. */
  readonly isKernel: boolean;
}

/** `X.weight_mask`, `X_mask`, `X.mask`. */
const MASK_ENDING = /^(.+)[._/]mask$/s;

/** `masks.X`, as `train --save` and hand-written files have it. */
const MASK_BEGINNING = /^masks?[./](.+)$/s;

/** `X.weight_orig` of `torch.nn.utils.prune`. */
const ORIGINAL_ENDING = /^(.+)_orig$/s;

/** What `torch.nn.utils.parametrize` makes of `X.weight`: the original, and the mask of `torch.ao.pruning`. */
const PARAMETRIZED = /^(.*?)parametrizations\.([^.]+)\.(?:(original)|\d+\.mask)$/s;

const PART_ENDING = /^(?:(.*)[./_])?(weight|kernel|bias)$/s;

/** TensorFlow numbers the outputs of what made a variable: `dense/kernel:0`. */
const OUTPUT_NUMBER = /:\d+$/;

/** Takes a tensor's name apart. */
export function parseTensorName(name: string): TensorName {
  const { base, isMask } = withoutMarks(name.replace(OUTPUT_NUMBER, ""));
  const [, layer = "", ending] = PART_ENDING.exec(base) ?? [];
  return {
    base,
    layer: ending === undefined ? base : layer,
    part: ending === undefined ? undefined : ending === "bias" ? "bias" : "weight",
    isMask,
    isKernel: ending === "kernel",
  };
}

function withoutMarks(name: string): { base: string; isMask: boolean } {
  const [, module, part, original] = PARAMETRIZED.exec(name) ?? [];
  if (module !== undefined) return { base: `${module}${part}`, isMask: original === undefined };
  const masked = MASK_ENDING.exec(name)?.[1] ?? MASK_BEGINNING.exec(name)?.[1];
  if (masked !== undefined) return { base: masked, isMask: true };
  return { base: ORIGINAL_ENDING.exec(name)?.[1] ?? name, isMask: false };
}

/** Last modules and parameters that hold a vector for each token, place or class, not a layer. */
const EMBEDDINGS = [
  "embed_tokens",
  "wte",
  "wpe",
  "emb",
  "embeddings?",
  "(word|token|tok|token_type|position|positional|pos)_(embeddings?|embed)",
  "(cls|class|dist|mask)_(token|embedding)",
  "positions?",
  "relative_position_bias_table",
  "relative_attention_bias",
];

const STATISTICS = ["running_mean", "running_var", "num_batches_tracked", "moving_mean", "moving_variance"];

/** Factors that stand beside weights, and what quantised weights are made of. */
const SCALES = [
  "([a-z]+_)?scales?(_inv)?",
  "zero_points?",
  "zeros",
  "qzeros",
  "g_idx",
  "absmax",
  "inv_freq",
  "gamma",
  "beta",
  "weight_g",
];

const STRANGE_NAMES: readonly (readonly [pattern: RegExp, what: string])[] = [
  [lastPart(STATISTICS), "batch-norm statistics"],
  // The last module's name decides: what is below `embeddings` may well be a layer, as the patches of a ViT are.
  [lastPart(EMBEDDINGS, "([./](weight|embedding))?"), "embeddings"],
  [lastPart(SCALES), "scales"],
  [/^optimi[sz]er[./]/, "an optimiser's memory"],
];

function lastPart(names: readonly string[], after = ""): RegExp {
  return new RegExp(`(^|[._/])(${names.join("|")})${after}$`);
}

/** What a tensor is whose name says that it is no layer's weight; undefined for other names. */
export function strangeName(name: string): string | undefined {
  return STRANGE_NAMES.find(([pattern]) => pattern.test(name))?.[1];
}
