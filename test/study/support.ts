import { type Dataset, generateDigits } from "@graphon-limit/data";
import {
  dataRef,
  type Lab,
  type LabOptions,
  Laboratory,
  MemoryStore,
  type NetworkParams,
} from "@graphon-limit/study";
import { type DeviceKind, openDevice } from "@graphon-limit/runtime";

/** A laboratory of generated digits on a device of its own. */
export async function openTestLab(
  { images = 400, kind = "cpu", ...options }:
    & { images?: number; kind?: DeviceKind }
    & Partial<Pick<LabOptions, "store" | "methods" | "storage">> = {},
): Promise<Lab & { readonly images: Dataset }> {
  const dataset = generateDigits({ count: images, seed: 1 }), device = await openDevice({ kind });
  const lab = new Laboratory({
    device,
    store: new MemoryStore(),
    data: { ref: await dataRef(dataset), dataset },
    ...options,
  });
  const dispose = lab[Symbol.dispose].bind(lab);
  return Object.assign(lab, {
    images: dataset,
    [Symbol.dispose]: () => {
      dispose();
      device[Symbol.dispose]();
    },
  });
}

/** What networks of small studies have in common. */
export function networkParams(lab: Lab, params: Partial<NetworkParams> = {}): NetworkParams {
  return {
    ...{ data: lab.data, seed: 5, method: "snip", width: 24, hidden: 2, sparsity: 0.6, trial: 0 },
    ...{ scope: "global", schedule: "exponential", rounds: null, samplesPerClass: 10 },
    ...{ initialiser: "he", activation: "relu" },
    ...params,
  };
}
