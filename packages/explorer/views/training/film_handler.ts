import { DEFAULT_GRID, sortAndSmooth } from "@graphon-limit/graphon";
import { rowDegree } from "@graphon-limit/ops";
import { type BitMatrix, InvalidArgumentError } from "@graphon-limit/runtime";
import type { Lab } from "../../worker/lab.ts";
import { type PrunableNetwork, prunableNetwork } from "../../worker/pruned_network.ts";
import type { Call } from "../../worker/serve.ts";
import type { Film, FilmParams } from "./requests.ts";

/** Prunes a network and keeps what each round leaves of a layer; a film that was made lately is shown as it was. */
export async function makeFilm(lab: Lab, params: FilmParams, call: Call): Promise<Film> {
  const { method, width, hidden, sparsity, seed, layer, rounds, schedule } = params;
  const key = JSON.stringify(["film", method, width, hidden, sparsity, seed, layer, rounds, schedule]);
  const { frames, densities, deadOutputs, deadInputs, ...rest } = await lab.known(
    key,
    () => record(lab, params, call),
  );
  return {
    ...{ frames: frames.slice(), densities: densities.slice(), ...rest },
    ...{ deadOutputs: deadOutputs.slice(), deadInputs: deadInputs.slice() },
  };
}

async function record(lab: Lab, params: FilmParams, call: Call): Promise<Film> {
  const { sparsity, layer, rounds, schedule } = params, begun = performance.now();
  const pruned = await prunableNetwork(lab, params), { weights } = pruned.network;
  if (!weights[layer]) {
    throw new InvalidArgumentError(`Expected a layer below ${weights.length} but found ${layer}`);
  }
  const frames = rounds + 1, cells = DEFAULT_GRID ** 2;
  const made: Film = {
    grid: DEFAULT_GRID,
    frames: new Float32Array(frames * cells).fill(1, 0, cells),
    densities: new Float64Array(frames * weights.length).fill(1, 0, weights.length),
    deadOutputs: new Uint32Array(frames),
    deadInputs: new Uint32Array(frames),
    milliseconds: 0,
  };
  await pruned.prune(sparsity, { signal: call.signal, onProgress: () => {} }, {
    ...{ rounds, schedule },
    watch: async (round) => {
      if (round > 0) await keepFrame(made, round, pruned, layer);
      call.onProgress(round, rounds);
    },
  });
  await keepFrame(made, rounds, pruned, layer);
  return { ...made, milliseconds: performance.now() - begun };
}

/** Draws the network's masks into a film's frame. */
async function keepFrame(
  { frames, densities, deadOutputs, deadInputs, grid }: Film,
  frame: number,
  { network: { weights } }: PrunableNetwork,
  layer: number,
): Promise<void> {
  for (const [l, { mask, count }] of weights.entries()) {
    if (mask) densities[frame * weights.length + l] = await onesIn(mask) / count;
    else densities[frame * weights.length + l] = 1;
  }
  const { mask } = weights[layer];
  if (!mask) {
    frames.fill(1, frame * grid ** 2, (frame + 1) * grid ** 2);
    return;
  }
  const histogram = await sortAndSmooth(mask, grid);
  frames.set(histogram.graphon.values, frame * grid ** 2);
  deadOutputs[frame] = histogram.deadOutputs;
  deadInputs[frame] = histogram.deadInputs;
}

async function onesIn(mask: BitMatrix): Promise<number> {
  using degree = mask.device.matrix(mask.rows, 1, "u32");
  mask.device.run(rowDegree, { mask, degree });
  return (await mask.device.read(degree)).reduce((sum, count) => sum + count, 0);
}
