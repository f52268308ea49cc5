import {
  ACTIVATIONS,
  type BiasInitialiser,
  INITIALISERS,
  PARAMETRIZATIONS,
  REDRAWS,
} from "@graphon-limit/model";
import { inputFile, optional, optionalOrNot, text, toggleOrNot, type Values, withDefault } from "./flags.ts";
import { listOf, oneOf, positive, wholeNumber } from "./usage.ts";

/** The ways in which biases of made networks begin, as `--bias` says them. */
const BIASES = ["zero", "torch"] as const satisfies readonly BiasInitialiser[];

/** The value of `--masks` that is no file: a weight that is exactly 0 is pruned. A file of that name is `./nonzero`. */
export const NONZERO = "nonzero";

/** Flags of the function that a network computes. */
export const MODEL_FLAGS = {
  activation: withDefault("<name>", ACTIVATIONS.join(", "), oneOf(ACTIVATIONS), "relu", {
    shown: "relu, or that of the run that --weights holds",
  }),
  parametrization: optional(
    "<name>",
    `${
      PARAMETRIZATIONS.join(", ")
    } (default: standard, or that of the run that --weights holds; ntk with --init ntk)`,
    oneOf(PARAMETRIZATIONS),
  ),
};

/** Flags that say how the layers of a file follow one another, where names and shapes do not tell. */
export const LAYOUT_FLAGS = {
  order: optional(
    "<list>",
    "the layers of the file by name, from the inputs on; those it leaves out are left out",
    listOf(text),
  ),
  transpose: toggleOrNot(
    "the file's matrices are [in, out], as Keras, Flax and GPT-2's Conv1D store them",
    "they are [out, in], whatever their names say",
  ),
};

/** Flags of a network that is read from a file. */
export const WEIGHTS_FLAGS = {
  weights: inputFile(
    "file with the weights [out, in] and biases: safetensors, one or in shards, .npz or .npy",
  ),
  bias: optionalOrNot(
    "<how>",
    `biases of a network that is made: ${BIASES.join(", ")} (uniform on ±1/√fan-in) (default: none)`,
    "leave out the biases of --weights",
    oneOf(BIASES),
  ),
  ...LAYOUT_FLAGS,
};

/** Flags of a network: weights from a file, or widths and an initialiser. */
export const NETWORK_FLAGS = {
  ...WEIGHTS_FLAGS,
  widths: optional(
    "<list>",
    "widths of a network to make, such as 784,1024,1024,10",
    listOf(wholeNumber(1), 2),
  ),
  init: optional("<name>", `how its weights are drawn: ${INITIALISERS.join(", ")}`, oneOf(INITIALISERS)),
  weightVariance: optional("<number>", "σ_w² of --init ntk (default: 1)", positive),
  ...MODEL_FLAGS,
};

/** Flags of a network under masks. */
export const MASK_FLAGS = {
  masks: optional(
    "<file>",
    "file with its masks, 0/1 tensors that go with the weights by name; or nonzero: a weight that is exactly 0 is pruned " +
      "(default: every weight is kept)",
    text,
    { access: "read" },
  ),
  redraw: optional(
    "<law>",
    `draw the weights anew under the masks, by ${REDRAWS.join(", ")} (He's or LeCun's variance of each ` +
      "neuron's kept inputs); --weights may then be left out",
    oneOf(REDRAWS),
  ),
};

export type ModelFlags = Values<typeof MODEL_FLAGS>;
export type WeightsFlags = Values<typeof WEIGHTS_FLAGS>;
export type LayoutFlags = Values<typeof LAYOUT_FLAGS>;
export type NetworkFlags = Values<typeof NETWORK_FLAGS>;
export type MaskFlags = Values<typeof MASK_FLAGS>;
