import assert from "node:assert/strict";
import { initialise, type WeightStorage } from "@graphon-limit/model";
import { type Method, prune, type Scope } from "@graphon-limit/pruners";
import { type Device, type DeviceKind, openDevice, seedFrom } from "@graphon-limit/runtime";
import { masksOf, PER_METHOD, samples, scopesOf } from "./support.ts";

/** Layers of several slices of 64 and more rows, and one of a single row beyond whole slices. */
const WIDTHS = [50, 193, 130, 200, 10];

interface Run {
  readonly method: Method;
  readonly scope?: Scope;
  readonly rounds?: number;
}

/** The masks and what `prune` said of them. */
async function pruned(
  device: Device,
  { method, scope = "global", rounds = method.rounds && 4 }: Run,
  weights: WeightStorage,
  scores: WeightStorage | undefined,
) {
  using network = initialise(device, WIDTHS, "he", { seed: seedFrom(3), weights });
  using batch = samples(device, network, 30);
  const options = { sparsity: 0.8, scope, rounds, batch, seed: seedFrom(5), ...(scores ? { scores } : {}) };
  const result = await prune(network, method, options);
  return { ...result, masks: await masksOf(network) };
}

/** Slices of 64 rows; of 128 rows of the narrower layers; all in one. And panels of 128 rows, and of 64 in the widest layer. */
const CUTS = [
  { sliceBytes: 1 },
  { sliceBytes: 128 * 193 * 4 },
  {},
  { maxBindingBytes: 128 * 193 * 4 },
  { maxBindingBytes: 82000, sliceBytes: 64 * 130 * 4 },
];

const KINDS: readonly { kind: DeviceKind; accelerate?: boolean }[] = [
  { kind: "webgpu" },
  { kind: "cpu" },
  { kind: "cpu", accelerate: false },
];

for (const kind of KINDS) {
  for (const [name, method] of PER_METHOD) {
    Deno.test({
      name: `prune: ${name} gives the same masks from regenerated weights and scores, ${
        JSON.stringify(kind)
      }`,
      sanitizeOps: false,
      sanitizeResources: false,
      async fn() {
        for (const cut of CUTS) {
          using device = await openDevice({ ...kind, ...cut, poison: true });
          // GraSP's and SNIP's second round scores under masks.
          for (const run of [{ method }, { method, rounds: 3, scope: scopesOf(method).at(-1)! }]) {
            const kept = await pruned(device, run, "kept", undefined);
            const before = device.memory.live;
            assert.deepEqual(await pruned(device, run, "regenerated", undefined), kept, JSON.stringify(cut));
            assert.deepEqual(await pruned(device, run, "kept", "regenerated"), kept, JSON.stringify(cut));
            assert.equal(device.memory.live, before);
          }
        }
      },
    });
  }
}
