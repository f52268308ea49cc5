import { resolve } from "node:path";
import { SafetensorsWriter } from "@graphon-limit/data";
import type { WeightStorage } from "@graphon-limit/model";
import { prune, type Pruner, type Schedule, SCHEDULES, type Scope, SCOPES } from "@graphon-limit/pruners";
import { type BitMatrix, type Matrix, unpackBits } from "@graphon-limit/runtime";
import type { Command } from "commander";
import { addBatchFlags, type BatchFlags, openBatch } from "../shell/batch_flags.ts";
import type { RegisterAction } from "../shell/main.ts";
import {
  addMemoryFlag,
  chooseStorage,
  type MemoryFlags,
  samplesOf,
  widthsOf,
} from "../shell/memory_flags.ts";
import { methodName, openPruner } from "../shell/method_flag.ts";
import {
  addNetworkFlags,
  type NamedNetwork,
  type NetworkFlags,
  openNetwork,
} from "../shell/network_flags.ts";
import { prepareFile } from "../shell/output.ts";
import type { Session } from "../shell/session.ts";
import { oneOf, sparsity, UsageError, wholeNumber } from "../shell/usage.ts";
import { formatNumber } from "@graphon-limit/study";
import { formatTable } from "../terminal/table.ts";

interface PruneFlags extends NetworkFlags, BatchFlags, MemoryFlags {
  readonly method: string;
  readonly sparsity: number;
  readonly scope: Scope;
  readonly rounds?: number;
  readonly schedule: Schedule;
  readonly out: string;
  readonly saveWeights?: string;
}

/** Rows written to a file at a time, in elements. */
const PIECE_ELEMENTS = 2 ** 24;

export function addPrune(program: Command, register: RegisterAction): void {
  const command = program.command("prune")
    .description("Prune a network at initialisation and write its masks.")
    .requiredOption(
      "--method <name>",
      "random, magnitude, snip, grasp, synflow, or a module such as ./my_pruner.ts",
      methodName,
    )
    .requiredOption("--sparsity <fraction>", "fraction of weights to remove, in [0, 1)", sparsity)
    .requiredOption("--out <file>", "safetensors file for the masks: U8 0/1 tensors under the weights' names")
    .option(
      "--scope <scope>",
      "one threshold for all layers, or each its own: global, layer",
      oneOf("--scope", SCOPES),
      "global",
    )
    .option(
      "--rounds <number>",
      "rounds of scoring and pruning (default: the method's own)",
      wholeNumber("--rounds", 1),
    )
    .option("--schedule <name>", "exponential or linear", oneOf("--schedule", SCHEDULES), "exponential")
    .option("--save-weights <file>", "write the generated weights too");
  addMemoryFlag(addBatchFlags(addNetworkFlags(command))).addHelpText(
    "after",
    "\nExample:\n  deno task cli prune --method snip --sparsity 0.8 --widths 784,1024,1024,10 --init he \\\n" +
      "    --dataset digits --out out/masks.safetensors",
  );
  register<PruneFlags>(command, async (session, flags) => {
    if (flags.saveWeights !== undefined && flags.weights !== undefined) {
      throw new UsageError("Expected --save-weights only with --widths but found --weights");
    }
    if (flags.saveWeights !== undefined && resolve(flags.saveWeights) === resolve(flags.out)) {
      throw new UsageError("Expected --save-weights and --out to be two files but found one");
    }
    if (flags.weightStorage === "regenerated" && flags.weights !== undefined) {
      throw new UsageError("Expected --weight-storage regenerated only with --widths but found --weights");
    }
    const pruner = await openPruner(flags.method);
    if (pruner.needsBatch && flags.batch === undefined && flags.dataset === undefined) {
      throw new UsageError(`Expected --batch or --dataset: ${pruner.name} reads data`);
    }
    const network = openNetwork(session, flags, planFor(session, flags, pruner));
    using mlp = network.mlp;
    using batch = await openBatch(session, flags, network);
    using _out = prepareFile(flags.out);
    using _saved = flags.saveWeights === undefined ? undefined : prepareFile(flags.saveWeights);

    using progress = session.progress(flags.rounds ?? pruner.rounds ?? 1, `${pruner.name} rounds`);
    const { thresholds, kept } = await prune(mlp, pruner, {
      ...flags,
      batch,
      seed: session.seed,
      onRound: (done) => progress.update(done),
    });
    progress.done();
    // Both files are put in place together, at the end: a failed run leaves neither.
    using masksFile = begin(network, flags.out, "U8");
    using weightsFile = flags.saveWeights === undefined
      ? undefined
      : begin(network, flags.saveWeights, "F32");
    await writeMasks(network, masksFile);
    if (weightsFile) await writeWeights(network, weightsFile);
    masksFile.close();
    weightsFile?.close();

    const layers = network.names.map((name, layer) => {
      const { rows, cols } = mlp.weights[layer];
      const own = flags.scope === "layer" ? { threshold: thresholds[layer] ?? null } : {};
      return { name, shape: [rows, cols], kept: kept[layer], density: kept[layer] / (rows * cols), ...own };
    });
    const total = layers.reduce((sum, { shape: [rows, cols] }) => sum + rows * cols, 0);
    const keptInAll = kept.reduce((sum, count) => sum + count, 0);
    const threshold = flags.scope === "global" ? thresholds[0] ?? null : null;
    session.result(
      {
        method: pruner.name,
        sparsity: flags.sparsity,
        scope: flags.scope,
        device: session.device.info.kind,
        kept: keptInAll,
        total,
        threshold,
        layers,
        seconds: session.seconds,
      },
      formatTable(
        [{ title: "layer" }, { title: "shape" }, { title: "kept", align: "right" }, {
          title: "density",
          align: "right",
        }],
        layers.map(({ name, shape, kept, density }) => [name, shape.join("×"), kept, formatNumber(density)]),
      ) + `\n${pruner.name} kept ${keptInAll} of ${total} weights; masks in ${flags.out}`,
    );
  });
}

/** How the network's weights are to be stored, once it is known that it fits. */
function planFor(session: Session, flags: PruneFlags, pruner: Pruner): WeightStorage | undefined {
  const widths = widthsOf(flags);
  if (!widths) return undefined;
  const wanted = flags.weights === undefined ? flags.weightStorage : "kept";
  const rounds = flags.rounds ?? pruner.rounds ?? 1, samples = samplesOf(flags, widths[widths.length - 1]);
  return chooseStorage(session, { widths, method: pruner.name, samples, rounds, scope: flags.scope }, wanted);
}

/** Begins a file with a tensor for every layer, of the layer's name and shape. */
function begin({ mlp, names }: NamedNetwork, path: string, dtype: "U8" | "F32"): SafetensorsWriter {
  return SafetensorsWriter.create(
    path,
    names.map((name, layer) => ({ name, dtype, shape: [mlp.weights[layer].rows, mlp.weights[layer].cols] })),
  );
}

async function writeMasks({ mlp, names }: NamedNetwork, file: SafetensorsWriter): Promise<void> {
  for (const [layer, name] of names.entries()) {
    const { rows, cols } = mlp.weights[layer];
    for (const [from, to] of pieces(rows, cols)) {
      const mask: BitMatrix | undefined = mlp.masks[layer];
      const words = mask && await mlp.device.readBits(mask, [from, to]);
      file.write(
        name,
        words ? unpackBits(words, to - from, cols) : new Uint8Array((to - from) * cols).fill(1),
      );
    }
  }
}

async function writeWeights({ mlp, names }: NamedNetwork, file: SafetensorsWriter): Promise<void> {
  for (const [layer, name] of names.entries()) {
    const weights: Matrix = mlp.weights[layer];
    for (const [from, to] of pieces(weights.rows, weights.cols)) {
      file.write(name, await mlp.device.read(weights, [from, to]));
    }
  }
}

/** Ranges of rows of at most {@linkcode PIECE_ELEMENTS} elements. */
function* pieces(rows: number, cols: number): Generator<[number, number]> {
  const rowsAtOnce = Math.max(1, Math.floor(PIECE_ELEMENTS / Math.max(cols, 1)));
  for (let row = 0; row < rows; row += rowsAtOnce) yield [row, Math.min(row + rowsAtOnce, rows)];
}
