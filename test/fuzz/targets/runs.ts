import { parseSafetensors, serialiseSafetensors } from "@graphon-limit/data";
import { adam, initialise, sgd } from "@graphon-limit/model";
import { openDevice, packBits, seedFrom } from "@graphon-limit/runtime";
import { FolderStore, type Json, type Task, taskDigest } from "@graphon-limit/study";
import { loadTraining, saveTraining, TrainingState } from "@graphon-limit/training";
import { readGraphons, type SavedGraphon } from "../../../packages/cli/shell/saved_graphons.ts";
import { parseSettings } from "../../../packages/cli/shell/training_flags.ts";
import { CalibrationCache } from "../../../packages/cli/shell/calibration_cache.ts";
import { safetensorsFile } from "../../data/support.ts";
import { changedJson } from "../formats/json_tree.ts";
import { SAFETENSORS } from "../formats/safetensors.ts";
import type { Random } from "../random.ts";
import type { Bytes, Mutation, Target } from "../target.ts";

/** Files are made in it, and removed. */
const WORK = `out/fuzz/work-${Deno.pid}`;

const device = await openDevice({ kind: "cpu", accelerate: false });

async function inFile(
  name: string,
  content: Uint8Array,
  use: (path: string) => Promise<void> | void,
): Promise<void> {
  const path = `${WORK}/${name}`;
  Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  Deno.writeFileSync(path, content);
  try {
    await use(path);
  } finally {
    Deno.removeSync(WORK, { recursive: true });
  }
}

/** A run of training, saved. */
async function savedRun(optimiser: "adam" | "sgd", activation: "tanh" | "relu"): Promise<Bytes> {
  using network = initialise(device, [4, 3, 2], "he", { seed: seedFrom(1), bias: "torch", activation });
  network.weights[0].setMask(device.uploadBits(packBits(new Uint8Array(12).fill(1), 3, 4), 3, 4));
  using state = TrainingState.begin(network, optimiser === "adam" ? adam() : sgd());
  state.losses.push(2.5, 1.25);
  state.evaluations.push({ step: 2, loss: 1.5, accuracy: 0.5 });
  state.sampling = { samples: 9, shuffle: true, seed: [1, 2] };
  const settings = { train: new TextDecoder().decode(SETTINGS) };
  let bytes = new Uint8Array();
  await inFile("run.safetensors", bytes, async (path) => {
    await saveTraining(path, network, state, { settings });
    bytes = Deno.readFileSync(path);
  });
  return bytes;
}

/** Changes what the file says of its run, which is JSON in a string of its metadata. */
const editRun: Mutation["change"] = (input, random) => {
  try {
    const file = parseSafetensors(input), name = "graphon-limit.training";
    const text = changedJson(file.metadata.get(name) ?? "{}", random);
    const length = Number(new DataView(input.buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(input.subarray(8, 8 + length)));
    header.__metadata__ = { ...header.__metadata__, [name]: text };
    return safetensorsFile(JSON.stringify(header), input.slice(8 + length));
  } catch {
    return undefined;
  }
};

const SETTINGS = new TextEncoder().encode(JSON.stringify({
  ...{
    steps: 200,
    batchSize: 64,
    optimizer: "adam",
    momentum: 0.9,
    learningRate: 0.001,
    loss: "cross-entropy",
  },
  ...{ schedule: "constant", decayEvery: 0, decay: 0.1, warmUp: 0, shuffle: true, evaluate: 0, seed: 0 },
}));

const editJson: Mutation["change"] = (input, random) => {
  const text = changedJson(new TextDecoder().decode(input), random);
  return text === undefined ? undefined : new TextEncoder().encode(text);
};

const TASK: Task<Json> = { kind: "fuzz", version: 1, params: { width: 8, name: "a" } };
const RESULT: Json = { cells: [0, 0.25, 1, null], "name": "слой", "deep": { "a": [[1], [2]] } };

async function recordPath(): Promise<string> {
  const digest = await taskDigest(TASK);
  return `${digest.slice(0, 2)}/${digest}.json`;
}

async function savedRecord(): Promise<Bytes> {
  await new FolderStore(WORK).add(TASK, RESULT, { seconds: 1.5, device: "cpu, CPU" });
  const bytes = Deno.readFileSync(`${WORK}/${await recordPath()}`);
  Deno.removeSync(WORK, { recursive: true });
  return bytes;
}

/** A value as text that tells −0 from 0 and an infinity from null, whatever the order of its names. */
function exactly(value: unknown): string {
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : `${value}`;
  if (Array.isArray(value)) return `[${value.map(exactly).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "undefined";
  return `{${Object.entries(value).map(([name, inner]) => `${name}:${exactly(inner)}`).sort().join()}}`;
}

/** Changes that may leave a record what it is, or not: its checksum says so either way. */
const records: Mutation = { change: editJson, reseals: false };
const duplicates: Mutation = {
  reseals: false,
  change(input, random: Random) {
    const text = new TextDecoder().decode(input), names = ["result", "kind", "checksum", "cells", "seconds"];
    const added = `"${random.pick(names)}":${random.pick(["-0", "1e999", "null", "[]", '"fuzz"'])},`;
    return new TextEncoder().encode(text.replace("{", `{${added}`));
  },
};

function savedGraphons(): Bytes {
  return serialiseSafetensors([
    { name: "graphon.0", data: Float32Array.of(0, 0.25, 1, 0.5, 0.5, 0.75), shape: [2, 3] },
    { name: "graphon.1", data: Float32Array.of(1, 0.5), shape: [1, 2] },
    { name: "graphon.2", data: Float32Array.of(1, 0.5, 0, 1), shape: [2, 2, 1] },
    { name: "second.0", data: Float32Array.of(1), shape: [1, 1] },
  ]);
}

export const RUNS: readonly Target[] = [
  {
    name: "graphons",
    share: 0.5,
    seeds: () => [savedGraphons()],
    mutations: SAFETENSORS,
    read: (input, watch) =>
      inFile("graphons.safetensors", input, (path) => {
        const layers = watch.attempt(() => readGraphons(path)) ?? new Map<number, SavedGraphon>();
        for (const { rows, cols, values } of [...layers.values()].flatMap(({ graphons }) => graphons)) {
          watch.asked(20 * rows * cols);
          watch.holds(
            values.every(Number.isFinite) && values.length === rows * cols,
            "a graphon that is none",
          );
        }
      }),
  },
  {
    name: "training",
    share: 1,
    seeds: async () => [await savedRun("adam", "tanh"), await savedRun("sgd", "relu")],
    mutations: [...SAFETENSORS, ...SAFETENSORS, { change: editRun, reseals: true }, {
      change: editRun,
      reseals: true,
    }],
    read: (input, watch) =>
      inFile("run.safetensors", input, (path) => {
        const before = device.memory.live;
        const run = watch.attempt(() => loadTraining(path, device));
        run?.network[Symbol.dispose]();
        run?.state[Symbol.dispose]();
        if (run?.settings.train !== undefined) watch.attempt(() => parseSettings(run.settings.train, "f"));
        watch.holds(device.memory.live === before, "memory is left on the device");
      }),
  },
  {
    name: "settings",
    share: 0.5,
    seeds: () => [SETTINGS],
    mutations: [{ change: editJson, reseals: true }],
    read: (input, watch) => {
      const settings = watch.attempt(() => parseSettings(new TextDecoder().decode(input), "f"));
      for (const value of Object.values(settings ?? {})) {
        watch.holds(
          typeof value !== "number" || (Number.isFinite(value) && value >= 0),
          "a setting that no flag takes",
        );
      }
    },
  },
  {
    name: "record",
    share: 1,
    seeds: async () => [await savedRecord()],
    mutations: [records, records, duplicates],
    read: async (input, watch) => {
      await inFile(await recordPath(), input, async () => {
        const store = new FolderStore(WORK, (line) => watch.line(line));
        const found = await watch.attempting(() => store.find(TASK));
        if (found !== undefined) watch.covered("record", exactly(found));
      });
    },
  },
  {
    name: "calibration",
    share: 0.2,
    seeds: () => [new TextEncoder().encode('{"key":{"first":1.5,"second":2.5}}')],
    mutations: [{ change: editJson, reseals: true }],
    read: (input, watch) =>
      inFile("devices.json", input, () => {
        const cache = new CalibrationCache(WORK);
        for (const key of ["key", "__proto__", "toString"]) {
          const found = watch.attempt(() => cache.get(key));
          watch.holds(found === undefined || (found.first > 0 && found.second > 0), "a time that is none");
        }
        watch.attempt(() => cache.set("other", { first: 1, second: 2 }));
      }),
  },
];
