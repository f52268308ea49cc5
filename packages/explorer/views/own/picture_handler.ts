import { DEFAULT_GRID } from "@graphon-limit/graphon";
import { unpackBits } from "@graphon-limit/runtime";
import type { Lab } from "../../worker/lab.ts";
import type { Call } from "../../worker/serve.ts";
import { sortMask } from "../../worker/sorted_mask.ts";
import { graphonOf } from "./layer_graphon.ts";
import { heldMask, layerAt, masksOf } from "./masks.ts";
import { assertFits, factsOf, openOwn } from "./own.ts";
import type { OwnParams, OwnPicture } from "./requests.ts";

/** Bytes that a picture of a mask takes for each weight: read, sorted, packed. */
const PICTURE_BYTES = 3;

/** Draws one layer. */
export async function draw(
  lab: Lab,
  params: OwnParams & { readonly layer: number },
  call: Call,
): Promise<OwnPicture> {
  const begun = performance.now();
  using own = openOwn(await factsOf(lab, params), params);
  const masks = await masksOf(lab, own, params, call), facts = layerAt(masks.layers, params.layer);
  const { rows, columns } = facts,
    sum = (counts: readonly number[]) => counts.reduce((all, one) => all + one, 0);
  assertFits(lab, rows * columns, PICTURE_BYTES);
  using held = new DisposableStack();
  const mask = heldMask(lab, masks.layer(params.layer), held);
  const bits = unpackBits(await lab.device.readBits(mask), rows, columns);
  const { graphon, deadInputs, deadOutputs } = await graphonOf(facts, mask, call);
  const dense = own.network?.found.layers[params.layer]?.mask === undefined && masks.network === undefined;
  return {
    ...sortMask(bits, rows, columns),
    ...{ rows, cols: columns, grid: DEFAULT_GRID, graphon: graphon.values.slice(), deadInputs, deadOutputs },
    ...{ kept: masks.kept[params.layer], keptInAll: sum(masks.kept), asked: masks.asked },
    total: sum(masks.layers.map((layer) => layer.rows * layer.columns)),
    notices: [...masks.notices, ...dense ? [`${facts.name} has no mask: all its weights are kept`] : []],
    milliseconds: performance.now() - begun,
  };
}
