import { UnknownOrderError } from "@graphon-limit/data";
import { GraphonLimitError } from "@graphon-limit/runtime";
import type { Lab } from "../../worker/lab.ts";
import { asQuestion, type Taken, Undecided } from "./files.ts";
import { factsOf, openOwn, widthsOf } from "./own.ts";
import type { LayerFacts, OwnLook, OwnParams } from "./requests.ts";
import { type Samples, samplesOf } from "./samples.ts";

/** Says what the files are, what was guessed, and what has to be decided. */
export async function look(lab: Lab, params: OwnParams): Promise<OwnLook> {
  const files = await factsOf(lab, params);
  const nothing = {
    files,
    kind: undefined,
    layers: [],
    notices: [],
    question: undefined,
    failure: undefined,
  };
  try {
    using own = openOwn(files, params);
    const kind = kindOf(own.taken);
    if (kind === undefined) return nothing;
    if (own.network === undefined) {
      const samples = await samplesOf(lab, own.taken, files, params);
      return { ...nothing, kind, layers: drawnLayers(params, samples), notices: samples.notices };
    }
    const { found, source } = own.network, gap = asQuestion(found.gap);
    const layers = found.layers.map(({ name, shape, rows, columns }) => ({ name, shape, rows, columns }));
    const numbered = kind === "masks" && found.gap instanceof UnknownOrderError
      ? [`${source}: layers are numbered in the natural order of their names, though shapes allow others`]
      : [];
    return {
      ...{ files, kind, layers, failure: undefined },
      notices: [...found.notices, ...numbered],
      // What need not follow one another may all the same be asked.
      question: kind === "weights" && gap instanceof Undecided
        ? { ...gap.question, needed: false }
        : undefined,
    };
  } catch (error) {
    if (error instanceof Undecided) return { ...nothing, question: { ...error.question, needed: true } };
    if (error instanceof GraphonLimitError) return { ...nothing, failure: error.message };
    throw error;
  }
}

function kindOf({ masks, weights, samples, images }: Taken): OwnLook["kind"] {
  if (masks !== undefined) return "masks";
  if (weights !== undefined) return "weights";
  return samples !== undefined || images ? "drawn" : undefined;
}

function drawnLayers({ hidden, width }: OwnParams, { batch, classes }: Samples): LayerFacts[] {
  const widths = widthsOf(batch.dimension, hidden, width, classes);
  return widths.slice(1).map((rows, l) => ({
    name: `layers.${l}.weight`,
    ...{ rows, columns: widths[l], shape: [rows, widths[l]] },
  }));
}
