import { balancedBatch } from "@graphon-limit/data";
import { DEFAULT_GRID, type KernelHistogram } from "@graphon-limit/graphon";
import { assertSamples, type Batch, type Network, uploadBatch } from "@graphon-limit/model";
import { FormatError } from "@graphon-limit/runtime";
import {
  compareMasks,
  type Comparison,
  findings,
  type NamedMasks,
  overview,
  partsOf,
  writeComparison,
} from "@graphon-limit/study";
import { assertBatchFlags, BATCH_FLAGS, imageOfFile, readBatchFile } from "../shell/batch_flags.ts";
import { defineCommand } from "../shell/command.ts";
import { collectMasks, controlList, CONTROLS, namedFile } from "../shell/compared_masks.ts";
import { openDataset } from "../shell/dataset_flags.ts";
import { optional, repeated, required, text, type Values, withDefault } from "../shell/flags.ts";
import { LOOKED_AT_ALONE, METHOD_NAMES, methodName, openMethod } from "../shell/method_flag.ts";
import { NETWORK_FLAGS } from "../shell/network_flags.ts";
import { KIND_FLAGS } from "../shell/network_kind.ts";
import { networkSource } from "../shell/network_source.ts";
import { prepareFolder } from "../shell/output.ts";
import { provenance } from "../shell/provenance.ts";
import type { Session } from "../shell/session.ts";
import { listOf, MOST, positive, sparsity, UsageError, wholeNumber } from "../shell/usage.ts";
import { formatTable } from "../terminal/table.ts";

/** Inputs of the kernels, unless told otherwise: their spectrum then takes a second. */
const SAMPLES = 256;

const COMPARE_FLAGS = {
  ...NETWORK_FLAGS,
  ...KIND_FLAGS,
  masks: repeated(
    "<name=file>",
    "masks to compare, by a name; may be given again and again; without --batch and --dataset of any layers",
    namedFile,
    { access: "read" },
  ),
  methods: withDefault(
    "<list>",
    `methods to prune by: ${METHOD_NAMES}, ./my_pruner.ts`,
    listOf(methodName),
    [],
    {
      shown: "none",
    },
  ),
  sparsity: optional(
    "<fraction>",
    "fraction of weights that the methods remove (default: as the first --masks do)",
    sparsity,
  ),
  controls: withDefault(
    "<list>",
    "random masks beside: random (as many weights in all), quota (as many in each layer), or none",
    controlList,
    [...CONTROLS],
    { shown: CONTROLS.join() },
  ),
  ...BATCH_FLAGS,
  samples: withDefault("<number>", "inputs of the kernels", wholeNumber(2, MOST.samples), SAMPLES),
  trainSteps: withDefault(
    "<number>",
    "steps of Adam under each mask; 0 for none",
    wholeNumber(0, MOST.steps),
    0,
  ),
  batchSize: withDefault("<number>", "samples of a step", wholeNumber(1, MOST.samples), 64),
  learningRate: withDefault("<number>", "of Adam", positive, 0.001),
  grid: withDefault("<number>", "cells per axis of the graphons", wholeNumber(1, MOST.cells), DEFAULT_GRID),
  out: required("<folder>", "folder for report.html, compare.json, the tables and the figures", text, {
    access: "write",
  }),
};

type CompareFlags = Values<typeof COMPARE_FLAGS>;

export const compare = defineCommand({
  name: "compare",
  summary:
    "Several masks of one network in one report: what they keep, how far they are apart, what they do.",
  flags: COMPARE_FLAGS,
  examples: [
    "compare --weights out/weights.safetensors --masks mine=out/masks.safetensors \\\n" +
    "--methods snip,synflow --dataset digits --train-steps 100 --out out/compare",
  ],
  async run(session, flags) {
    assertBatchFlags(flags);
    if (flags.masks.length + flags.methods.length === 0) {
      throw new UsageError("Expected --masks or --methods, something to compare, but found neither");
    }
    if (flags.methods.length > 0 && flags.masks.length === 0 && flags.sparsity === undefined) {
      throw new UsageError("Expected --sparsity: how much the methods are to remove");
    }
    const methods = await Promise.all([...new Set(flags.methods)].map(openMethod));
    const reading = methods.find(({ reads }) => reads === "samples");
    const sampled = flags.batch !== undefined || flags.dataset !== undefined;
    if (reading && !sampled) {
      throw new UsageError(`Expected --batch or --dataset: ${reading.name} reads data`);
    }
    if (flags.trainSteps > 0 && !sampled) {
      throw new UsageError("Expected --batch or --dataset with --train-steps: what to train on");
    }
    if (session.given.has("samples") && !sampled) {
      throw new UsageError("Expected --batch or --dataset with --samples, the inputs of the kernels");
    }
    using _folder = prepareFolder(flags.out);
    // Without samples masks are looked at alone.
    const { masks: files, ...networkFlags } = flags, image = imageOfFile(flags.batch);
    const options = { chain: "wanted", image, without: LOOKED_AT_ALONE } as const;
    using source = await networkSource(session, networkFlags, options);
    if (source.gap !== undefined) {
      if (sampled) {
        throw new FormatError(`${source.gap}; without --batch and --dataset masks are compared alone`);
      }
      session.notice(
        `${source.name}: masks are compared alone; losses, kernels and training need --batch or --dataset, and --network ` +
          "or --order, which say how signals run",
      );
    }
    using network = source.open();
    using samples = await openSamples(session, flags, network);
    const count = samples?.data.inputs.cols ?? Infinity;
    if (session.given.has("samples") && flags.samples > count) {
      session.notice(`--samples ${flags.samples}: there are ${count}, and the kernels are of these`);
    }
    const masks = await collectMasks(session, network, {
      files,
      methods,
      controls: flags.controls,
      sparsity: flags.sparsity,
    }, {
      ...{ flags: networkFlags, image, batch: samples?.scored },
    });
    const comparison = await compareAll(session, flags, network, masks, samples?.data);
    const json = jsonOf(comparison);
    await writeComparison(flags.out, comparison, json, provenance(session));
    const table = overview(comparison);
    session.result(
      { ...json, seconds: session.seconds },
      `${formatTable(table.columns, table.rows)}\n\n${
        findings(comparison).join("\n")
      }\nreport in ${flags.out}/report.html`,
    );
  },
});

/** What the network is evaluated and trained on, and what scores are taken on. */
interface Samples extends Disposable {
  readonly data: Batch;
  readonly scored: Batch;
}

async function openSamples(
  session: Session,
  flags: CompareFlags,
  network: Network,
): Promise<Samples | undefined> {
  if (flags.batch === undefined && flags.dataset === undefined) return undefined;
  using opened = new DisposableStack();
  const upload = (x: Float32Array, y: Uint8Array, dimension: number) => {
    assertSamples(network, { y, dimension });
    return opened.use(uploadBatch(session.device, x, y));
  };
  let data: Batch, scored: Batch;
  if (flags.batch !== undefined) {
    const { x, y, dimension } = readBatchFile(session, flags.batch);
    data = scored = upload(x, y, dimension);
  } else {
    const dataset = await openDataset(session, flags, "the samples to compare on");
    data = upload(dataset.images, dataset.labels, dataset.dimension);
    const chosen = balancedBatch(dataset, flags.samplesPerClass, session.seed);
    scored = upload(chosen.x, chosen.y, chosen.dimension);
  }
  const kept = opened.move();
  return { data, scored, [Symbol.dispose]: () => kept.dispose() };
}

async function compareAll(
  session: Session,
  { samples, trainSteps, batchSize, learningRate, grid }: CompareFlags,
  network: Network,
  masks: readonly NamedMasks[],
  data: Batch | undefined,
): Promise<Comparison> {
  using progress = session.progress(partsOf(masks), "parts");
  const comparison = await compareMasks(network, masks, {
    ...{ data, samples, trainSteps, batchSize, learningRate, grid },
    ...{ seed: session.seed, signal: session.signal },
    onPart: (done, what) => progress.update(done, what),
    onProgress: (done) => progress.update(done),
  });
  progress.done();
  return comparison;
}

/** What programs read. */
function jsonOf(comparison: Comparison) {
  const { masks, distances } = comparison;
  return {
    masks: masks.map(({ name, kept, density, layers, loss = null, accuracy = null, kernel, training }) => ({
      ...{ name, kept, density },
      layers: layers.map(({ sorted, ...layer }) => ({ ...layer, ...kernelNumbers(sorted) })),
      ...{ loss, accuracy },
      kernel: kernel
        ? {
          ...{ trace: kernel.trace, energy5: kernel.energy5, energy10: kernel.energy10 },
          ...{ effectiveRank: kernel.effectiveRank, alignment: kernel.alignment },
        }
        : null,
      ...(training ? { training } : {}),
    })),
    distances,
    findings: findings(comparison),
  };
}

/** What there is to say of a layer with taps or heads. */
function kernelNumbers({ densities, kernelSizes, headDensities }: KernelHistogram) {
  return {
    ...(densities.length > 1 ? { tapDensities: [...densities], kernelSizes: [...kernelSizes] } : {}),
    ...(headDensities.length > 1 ? { headDensities: [...headDensities] } : {}),
  };
}
