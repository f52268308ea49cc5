import {
  adam,
  cnn,
  initialise,
  type Network,
  type NetworkDefinition,
  uploadBatch,
  vit,
} from "@graphon-limit/model";
import { normalMatrix } from "@graphon-limit/ops/cases";
import { prune, random, snip } from "@graphon-limit/pruners";
import { type Device, seedFrom } from "@graphon-limit/runtime";
import { train } from "@graphon-limit/training";
import { absolutelyWithin, sameEntries } from "./agreement.ts";
import { concatenate, IMAGES, type MakeJob, maskBytes, SPARSITY } from "./jobs.ts";
import type { Exchange } from "./peer.ts";

const IMAGE = [1, 28, 28] as const, CLASSES = 10, HEAD = 32, STEPS = 5;

/** A CNN of three convolutions, or a ViT of four blocks, as wide as `size` at its widest. */
function definitionOf(kind: "cnn" | "vit", size: number): NetworkDefinition {
  const shared = { image: IMAGE, classes: CLASSES };
  if (kind === "cnn") return cnn({ ...shared, kernel: 3, channels: [size / 4, size / 2, size] });
  return vit({ ...shared, width: size, heads: size / HEAD, blocks: 4, patch: 7, expansion: 4 });
}

/** The network, its parameters where the peers find them as `p0` and so on, and what these are. */
async function placed(device: Device, exchange: Exchange, kind: "cnn" | "vit", size: number) {
  const network = initialise(device, definitionOf(kind, size), "torch", { seed: seedFrom(1) });
  const parameters: { readonly name: string; readonly shape: readonly number[] }[] = [];
  for (const [index, { name, shape, matrix }] of network.parameters.entries()) {
    await exchange.put(`p${index}`, await device.read(matrix));
    parameters.push({ name, shape });
  }
  const { data } = normalMatrix(3, IMAGES, 784);
  await exchange.put("x", data);
  const batch = uploadBatch(device, data, Uint32Array.from({ length: IMAGES }, (_, i) => i % CLASSES));
  const request = { network: kind, parameters, samples: IMAGES, heads: size / HEAD };
  return { network, batch, request };
}

/** SNIP's masks of a CNN or a ViT on 100 images of 28×28. */
export function networkMaskJob(kind: "cnn" | "vit", size: number): MakeJob {
  return async (device, exchange) => {
    const stack = new DisposableStack(),
      { network, batch, request } = await placed(device, exchange, kind, size);
    stack.use(network);
    stack.use(batch);
    return {
      ...{ kind: `${kind}-snip`, size, repeats: 1, jax: false, type: "u8" },
      name: `SNIP masks of ${nameOf(kind, size)}, ${IMAGES} images`,
      request: { job: "network_masks", sparsity: SPARSITY, ...request },
      reset() {
        unmask(network);
        return Promise.resolve();
      },
      async run() {
        await prune(network, snip, { sparsity: SPARSITY, batch, seed: seedFrom(2) });
        await device.idle();
      },
      result: async () => concatenate(await maskBytes(network)),
      agrees: sameEntries(1e-3),
      [Symbol.dispose]: () => stack.dispose(),
    };
  };
}

/** A few of Adam's steps of the same, under random masks; a step's share is what is told. */
export function networkTrainingJob(kind: "cnn" | "vit", size: number): MakeJob {
  return async (device, exchange) => {
    const stack = new DisposableStack(),
      { network, batch, request } = await placed(device, exchange, kind, size);
    stack.use(network);
    stack.use(batch);
    await prune(network, random, { sparsity: SPARSITY, seed: seedFrom(2) });
    for (const [layer, bytes] of (await maskBytes(network)).entries()) await exchange.put(`m${layer}`, bytes);
    const initial: Float32Array[] = [];
    for (const { matrix } of network.parameters) initial.push(await device.read(matrix));
    let losses: readonly number[] = [];
    return {
      ...{ kind: `${kind}-adam`, size, repeats: STEPS, jax: false, type: "f32" },
      name: `an Adam step of ${nameOf(kind, size)}, ${IMAGES} images`,
      request: { job: "network_adam", steps: STEPS, rate: 1e-3, repeats: STEPS, ...request },
      async reset() {
        for (const [index, { matrix }] of network.parameters.entries()) {
          device.write(matrix, initial[index], 0);
        }
        await device.idle();
      },
      async run() {
        const options = {
          steps: STEPS,
          batchSize: IMAGES,
          optimiser: adam(),
          learningRate: 1e-3,
          shuffle: false,
        };
        losses = (await train(network, batch, options)).losses;
        await device.idle();
      },
      result: () => Promise.resolve(Float32Array.from(losses)),
      agrees: absolutelyWithin(5e-3),
      [Symbol.dispose]: () => stack.dispose(),
    };
  };
}

function nameOf(kind: "cnn" | "vit", size: number): string {
  return kind === "cnn"
    ? `a CNN of ${size / 4}, ${size / 2}, ${size} channels`
    : `a ViT of width ${size}, 4 blocks`;
}

function unmask({ weights }: Network): void {
  for (const weight of weights) weight.setMask(undefined);
}
