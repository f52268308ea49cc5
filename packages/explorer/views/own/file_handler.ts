import { serialiseSafetensors, type Tensor } from "@graphon-limit/data";
import { SORTED_BY_LAYER, type StepGraphon } from "@graphon-limit/graphon";
import { maskBytes, shapeInFile } from "@graphon-limit/model";
import { InvalidArgumentError } from "@graphon-limit/runtime";
import type { Lab } from "../../worker/lab.ts";
import type { Call } from "../../worker/serve.ts";
import { graphonOf } from "./layer_graphon.ts";
import { heldMask, masksOf, type OwnMasks } from "./masks.ts";
import { factsOf, openOwn } from "./own.ts";
import type { OwnParams } from "./requests.ts";

/** Writes all masks as `prune` does, or all graphons as `graphon --layers all` does. */
export async function write(
  lab: Lab,
  params: OwnParams & { readonly of: "masks" | "graphons" },
  call: Call,
): Promise<Uint8Array<ArrayBuffer>> {
  using own = openOwn(await factsOf(lab, params), params);
  const masks = await masksOf(lab, own, params, call);
  if (params.of === "masks") return await writeMasks(masks);
  const tensors: Tensor[] = [], names: Record<string, string> = {};
  for (const [index, facts] of masks.layers.entries()) {
    using held = new DisposableStack();
    const { mask, ...layer } = masks.layer(index);
    // As the command, whose masks have no layer that keeps all.
    if (!mask && masks.network === undefined) continue;
    const found = await graphonOf(facts, heldMask(lab, { ...layer, mask }, held), call);
    const name = `graphon.${index}`;
    tensors.push(...tensorsOf(name, found.graphon, found.taps));
    names[name] = facts.name;
    call.onProgress(index + 1, masks.layers.length);
  }
  return serialiseSafetensors(tensors, { ...names, ...SORTED_BY_LAYER });
}

async function writeMasks({ network, transposed }: OwnMasks): Promise<Uint8Array<ArrayBuffer>> {
  if (!network) throw new InvalidArgumentError("Expected weights that were pruned here but found masks");
  const tensors: Tensor[] = [];
  for (const weight of network.weights) {
    const data = new Uint8Array(weight.count);
    let at = 0;
    for await (const piece of maskBytes(weight, transposed)) {
      data.set(piece, at);
      at += piece.length;
    }
    tensors.push({ name: weight.name, shape: shapeInFile(weight, transposed), data, dtype: "U8" });
  }
  return serialiseSafetensors(tensors);
}

/** A layer's tensors: its graphon; of a convolution those of its taps, and their mean beside them. */
function tensorsOf(name: string, graphon: StepGraphon, taps: readonly StepGraphon[] | undefined): Tensor[] {
  const one = { name, shape: [graphon.rows, graphon.cols], data: Float32Array.from(graphon.values) };
  if (!taps) return [one];
  const data = Float32Array.from(taps.flatMap(({ values }) => [...values]));
  return [{ name, shape: [taps.length, ...one.shape], data }, { ...one, name: `${name}.channels` }];
}
