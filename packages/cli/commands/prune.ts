import { resolve } from "node:path";
import { FileSet, type MaskMatrix } from "@graphon-limit/data";
import { type Network, type OwnedBatch, rowPieces, type WeightStorage } from "@graphon-limit/model";
import {
  type Method,
  prune as pruneNetwork,
  type PruneResult,
  type PruneTarget,
  SCHEDULES,
  SCOPES,
  TIE_RULES,
} from "@graphon-limit/pruners";
import { formatNumber } from "@graphon-limit/study";
import { assertBatchFlags, BATCH_FLAGS, imageOfFile, openBatch } from "../shell/batch_flags.ts";
import { defineCommand } from "../shell/command.ts";
import { noticeDisconnection } from "../shell/connection.ts";
import { inputFile, optional, outputFile, required, text, type Values, withDefault } from "../shell/flags.ts";
import { chooseStorage, MEMORY_FLAGS, samplesOf } from "../shell/memory_flags.ts";
import { layersFor } from "../shell/layers_in_files.ts";
import { assertTakes, LOOKED_AT_ALONE, METHOD_NAMES, methodName, openMethod } from "../shell/method_flag.ts";
import { openFiles } from "../shell/network_files.ts";
import { MASK_FLAGS, NETWORK_FLAGS } from "../shell/network_flags.ts";
import { KIND_FLAGS } from "../shell/network_kind.ts";
import { type NetworkSource, networkSource } from "../shell/network_source.ts";
import { prepareFile } from "../shell/output.ts";
import { writeMasks, writeParameters } from "../shell/parameter_files.ts";
import type { Session } from "../shell/session.ts";
import { MOST, needed, oneOf, sparsity, UsageError, wholeNumber } from "../shell/usage.ts";
import { formatTable } from "../terminal/table.ts";

const PRUNE_FLAGS = {
  method: required(
    "<name>",
    `${METHOD_NAMES}, or a module such as ./my_pruner.ts; ${LOOKED_AT_ALONE}: any layers of --weights will do`,
    methodName,
  ),
  sparsity: optional(
    "<fraction>",
    "fraction of weights to remove, in [0, 1) (required without --quota-from)",
    sparsity,
  ),
  out: required("<file>", "safetensors file for the masks: U8 0/1 tensors under the weights' names", text, {
    access: "write",
  }),
  scope: withDefault(
    "<scope>",
    "one threshold for all layers, or each its own: global, layer",
    oneOf(SCOPES),
    "global",
  ),
  quotaFrom: inputFile("keep as many weights in each layer as this file of masks does"),
  rounds: optional(
    "<number>",
    "rounds of scoring and pruning (default: the method's own)",
    wholeNumber(1, MOST.repeats),
  ),
  ties: withDefault(
    "<rule>",
    "at the threshold: hash (a seeded hash of the position decides which stay, so many as are asked for), drop (all go)",
    oneOf(TIE_RULES),
    "hash",
  ),
  schedule: withDefault("<name>", "exponential or linear", oneOf(SCHEDULES), "exponential"),
  saveWeights: outputFile("write the generated weights too, and biases"),
  ...NETWORK_FLAGS,
  ...KIND_FLAGS,
  masks: MASK_FLAGS.masks,
  ...BATCH_FLAGS,
  ...MEMORY_FLAGS,
};

type PruneFlags = Values<typeof PRUNE_FLAGS>;

export const prune = defineCommand({
  name: "prune",
  summary: "Prune a network at initialisation and write its masks.",
  flags: PRUNE_FLAGS,
  examples: [
    "prune --method snip --sparsity 0.8 --widths 784,1024,1024,10 --init he \\\n" +
    "--dataset digits --out out/masks.safetensors",
  ],
  async run(session, flags) {
    assertFlags(flags);
    const method = await openMethod(flags.method);
    if (method.reads === "samples" && flags.batch === undefined && flags.dataset === undefined) {
      throw new UsageError(`Expected --batch or --dataset: ${method.name} reads data`);
    }
    if (flags.quotaFrom === undefined) assertTakes(method, flags);
    // What looks at each weight alone needs no signals to run.
    using source = await networkSource(session, flags, {
      chain: method.reads === "samples" ? true : "wanted",
      image: imageOfFile(flags.batch),
      without: LOOKED_AT_ALONE,
    });
    using network = source.open(planFor(session, flags, method, source.network));
    const target = await targetOf(session, flags, network);
    using batch = await batchFor(session, flags, source, network);
    using _out = prepareFile(flags.out);
    using _saved = flags.saveWeights === undefined ? undefined : prepareFile(flags.saveWeights);

    using progress = session.progress(flags.rounds ?? method.rounds ?? 1, `${method.name} rounds`);
    const { schedule, rounds, ties } = flags, { seed } = session;
    const result = await pruneNetwork(network, method, {
      ...target,
      ...{ schedule, rounds, ties, batch, seed, signal: session.signal },
      onProgress: (done) => progress.update(done),
    });
    progress.done();
    await noticeDisconnection(session, network, result.kept);
    // Both files are put in place together, at the end: a failed run leaves neither.
    using files = new FileSet();
    await writeMasks(session, network, files, flags.out, source.transposed);
    if (flags.saveWeights !== undefined) await writeParameters(session, network, files, flags.saveWeights);
    files.close();
    report(session, flags, method, network, { target, ...result });
  },
});

function assertFlags(flags: PruneFlags): void {
  assertBatchFlags(flags);
  const { saveWeights, weights, weightStorage, out } = flags;
  if (saveWeights !== undefined && weights !== undefined) {
    throw new UsageError("Expected --save-weights only with --widths or --init but found --weights");
  }
  if (saveWeights !== undefined && resolve(saveWeights) === resolve(out)) {
    throw new UsageError("Expected --save-weights and --out to be two files but found one");
  }
  if (weightStorage === "regenerated" && weights !== undefined) {
    throw new UsageError(
      "Expected --weight-storage regenerated only with --widths or --init but found --weights",
    );
  }
  if (flags.quotaFrom === undefined) {
    needed("--sparsity", flags.sparsity, "the fraction of weights to remove");
  }
}

/** The batch that flags ask for; none where no signals run through the layers, which is said. */
async function batchFor(
  session: Session,
  flags: PruneFlags,
  { name, gap }: NetworkSource,
  network: Network,
): Promise<OwnedBatch | undefined> {
  if (gap === undefined) return await openBatch(session, flags, network);
  if ((flags.batch ?? flags.dataset) !== undefined) {
    session.notice(`${name}: its weights are looked at alone; --batch and --dataset are left unread`);
  }
  return undefined;
}

/** How many weights are to be kept: a fraction of all, or of each layer as many as a file of masks does. */
async function targetOf(session: Session, flags: PruneFlags, network: Network): Promise<PruneTarget> {
  const { quotaFrom, sparsity, scope } = flags;
  if (quotaFrom === undefined) {
    return { sparsity: needed("--sparsity", sparsity, "the fraction of weights to remove"), scope };
  }
  const quota = await quotaOf(session, quotaFrom, flags, network);
  const total = network.weights.reduce((sum, { count }) => sum + count, 0);
  const kept = quota.reduce((sum, count) => sum + count, 0);
  if (sparsity !== undefined && total - Math.floor(sparsity * total) !== kept) {
    session.notice(
      `--quota-from ${quotaFrom} keeps ${kept} of ${total} weights, a sparsity of ${
        formatNumber(1 - kept / total)
      }; that stands, not --sparsity ${sparsity}`,
    );
  }
  return { quota };
}

/** How many weights a file of masks keeps in each layer. */
async function quotaOf(
  session: Session,
  path: string,
  flags: PruneFlags,
  network: Network,
): Promise<number[]> {
  using files = openFiles({ weights: flags.weights, masks: path });
  const at = { source: path, image: imageOfFile(flags.batch) };
  const layers = await layersFor(session, network, files, flags, at);
  return layers.map(({ mask }, layer) => mask ? countKept(mask) : network.weights[layer].count);
}

function countKept({ rows, columns, read }: MaskMatrix): number {
  let kept = 0;
  for (const range of rowPieces(rows, columns)) {
    for (const bit of read(range)) kept += bit;
  }
  return kept;
}

/** How the network's weights are to be stored, once it is known that it fits. */
function planFor(
  session: Session,
  flags: PruneFlags,
  method: Method,
  network: NetworkSource["network"],
): WeightStorage | undefined {
  if (!network) return undefined;
  const wanted = flags.weights === undefined ? flags.weightStorage : "kept";
  const rounds = flags.rounds ?? method.rounds ?? 1, samples = samplesOf(flags);
  return chooseStorage(session, { network, method, samples, rounds, scope: flags.scope }, wanted);
}

function report(
  session: Session,
  { scope, out, sparsity, ties: rule }: PruneFlags,
  method: Method,
  { weights }: Network,
  { target, thresholds, ties, asked, kept }: PruneResult & { readonly target: PruneTarget },
): void {
  const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);
  const total = sum(weights.map(({ count }) => count)), keptInAll = sum(kept), askedInAll = sum(asked);
  if (keptInAll !== askedInAll) {
    session.notice(
      `asked for ${askedInAll} weights, kept ${keptInAll}: ` +
        (rule === "drop"
          ? `--ties drop removes all whose score is the threshold, ${sum(ties)} in the last round`
          : "no weight is kept that was removed before or whose score says that it is worth nothing"),
    );
  }
  // A quota has a threshold for each layer too.
  const byLayer = target.quota !== undefined || scope === "layer";
  const counts = byLayer ? weights.map(({ count }) => count) : [total];
  const alike = counts.flatMap((count, group) => count > 1 && ties[group] === count ? [group] : []);
  if (method.reads === "samples" && alike.length > 0) {
    const where = byLayer ? ` in ${alike.map((layer) => weights[layer].name).join(", ")}` : "";
    session.notice(
      `the samples tell ${method.name} nothing: all weights have the same score${where}, ` +
        (rule === "drop" ? "and go" : "and the seed alone decides which of them stay"),
    );
  }
  const layers = weights.map(({ name, shape, count }, layer) => ({
    ...{ name, shape, kept: kept[layer], density: kept[layer] / count },
    ...(byLayer ? { threshold: thresholds[layer] ?? null, asked: asked[layer], ties: ties[layer] ?? 0 } : {}),
  }));
  session.result(
    {
      method: method.name,
      sparsity: target.quota ? 1 - keptInAll / total : sparsity,
      scope: byLayer ? "layer" : "global",
      device: session.device.info.kind,
      asked: askedInAll,
      kept: keptInAll,
      ties: sum(ties),
      total,
      threshold: byLayer ? null : thresholds[0] ?? null,
      layers,
      seconds: session.seconds,
    },
    formatTable(
      [
        { title: "layer" },
        { title: "shape" },
        { title: "kept", align: "right" },
        { title: "density", align: "right" },
      ],
      layers.map(({ name, shape, kept, density }) => [name, shape.join("×"), kept, formatNumber(density)]),
    ) + `\n${method.name} kept ${keptInAll} of ${total} weights; masks in ${out}`,
  );
}
