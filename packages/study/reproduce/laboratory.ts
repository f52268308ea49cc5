import { balancedBatch, type Batch, type Dataset } from "@graphon-limit/data";
import { type Activation, initialise, type Initialiser, type Mlp, uploadBatch } from "@graphon-limit/model";
import { prune, type Pruner, PRUNERS } from "@graphon-limit/pruners";
import { deriveSeed, type Device, InvalidArgumentError, type Seed } from "@graphon-limit/runtime";
import { canonicalJson, type Json, type Unit } from "./unit.ts";
import type { UnitRecord, UnitStore } from "./unit_store.ts";

/** A network pruned at initialisation, as the experiments name it. */
export type NetworkSpec = {
  /** A pruner's name, or `dense`. */
  readonly method: string;
  /** The method whose masks say how many weights each layer keeps, where that is not for `method` to say. */
  readonly quota?: string;
  readonly width: number;
  /** Hidden layers, all of one width. */
  readonly hidden: number;
  /** Fraction of weights removed; of no account for `dense`. */
  readonly sparsity: number;
  /** Which of several independent networks and batches. */
  readonly trial: number;
  readonly initialiser: Initialiser;
  readonly activation: Activation;
};

/** Images of each class in the batch that scores are taken on. */
const SCORE_SAMPLES_PER_CLASS = 10;

/** What seeds of a trial are for, apart from the network's own. */
const PURPOSE = {
  fresh: 0x66726573,
  kernelInputs: 0x6b65726e,
  resampled: 0x72657361,
  training: 0x74726169,
} as const;

/** Where experiments are carried out: device, data, seed, and what has been found so far. */
export class Laboratory implements Disposable {
  /** The last network pruned: the variants of one experiment ask for it in a row. */
  #last: { readonly key: string; readonly mlp: Mlp } | undefined;

  constructor(
    readonly device: Device,
    readonly dataset: Dataset,
    readonly seed: Seed,
    readonly store: UnitStore,
  ) {}

  /** A unit's result, from the store or computed and kept there. */
  async get<T extends Json>(unit: Unit<T>): Promise<T> {
    return (await this.record(unit)).result as T;
  }

  async record(unit: Unit): Promise<UnitRecord> {
    const found = await this.store.find(unit);
    if (found) return found;
    const start = performance.now();
    const result = await unit.compute(this);
    const { kind, name } = this.device.info;
    return await this.store.add(unit, result, (performance.now() - start) / 1000, `${kind}, ${name}`);
  }

  /** Inputs, hidden layers, outputs. */
  widths({ width, hidden }: Pick<NetworkSpec, "width" | "hidden">): number[] {
    return [this.dataset.dimension, ...new Array<number>(hidden).fill(width), this.dataset.classes];
  }

  /** The seed of a trial's network and batch: the same for every method and sparsity, which are so compared in pairs. */
  networkSeed({ width, hidden, trial }: Pick<NetworkSpec, "width" | "hidden" | "trial">): Seed {
    return deriveSeed(this.seed, hidden, width, trial);
  }

  /** A seed of the same trial for another purpose. */
  purposeSeed(spec: Pick<NetworkSpec, "width" | "hidden" | "trial">, purpose: keyof typeof PURPOSE): Seed {
    return deriveSeed(this.networkSeed(spec), PURPOSE[purpose]);
  }

  /** The weights a network starts from. */
  initialise(spec: NetworkSpec, seed: Seed): Mlp {
    const { initialiser, activation } = spec;
    return initialise(this.device, this.widths(spec), initialiser, { activation, seed });
  }

  /** The network pruned with the weights that made its masks. The laboratory keeps it until another one is asked for. */
  async pruned(spec: NetworkSpec): Promise<Mlp> {
    const key = canonicalJson(spec);
    if (this.#last?.key === key) return this.#last.mlp;
    this.#release();
    const seed = this.networkSeed(spec);
    const mlp = this.initialise(spec, seed);
    this.#last = { key, mlp };
    if (spec.method === "dense") return mlp;
    try {
      await this.#prune(mlp, spec);
    } catch (error) {
      this.#release();
      throw error;
    }
    return mlp;
  }

  async #prune(mlp: Mlp, { method, quota, sparsity, ...network }: NetworkSpec): Promise<void> {
    const seed = this.networkSeed(network);
    const samples = balancedBatch(this.dataset, SCORE_SAMPLES_PER_CLASS, seed);
    using batch = uploadBatch(this.device, samples.x, samples.y);
    if (quota === undefined) {
      await prune(mlp, prunerOf(method), { sparsity, batch, seed });
      return;
    }
    const { kept } = await prune(mlp, prunerOf(quota), { sparsity, batch, seed });
    mlp.masks.forEach((_, layer) => mlp.setMask(layer, undefined));
    await prune(mlp, prunerOf(method), { quota: kept, batch, seed });
  }

  /** The same network, handed over: it is the caller's to change and to dispose of. */
  async takePruned(spec: NetworkSpec): Promise<Mlp> {
    const mlp = await this.pruned(spec);
    this.#last = undefined;
    return mlp;
  }

  /** So many samples, classes in turn, drawn for a trial: not those that scores are taken on but by chance. */
  kernelInputs(spec: NetworkSpec, count: number): Batch {
    const { dataset } = this;
    const perClass = Math.ceil(count / dataset.classes);
    const batch = balancedBatch(dataset, perClass, this.purposeSeed(spec, "kernelInputs"));
    const { dimension } = batch;
    return { x: batch.x.slice(0, count * dimension), y: batch.y.slice(0, count), count, dimension };
  }

  #release(): void {
    this.#last?.mlp[Symbol.dispose]();
    this.#last = undefined;
  }

  [Symbol.dispose](): void {
    this.#release();
  }
}

function prunerOf(method: string): Pruner {
  const pruner = PRUNERS[method];
  if (!pruner) throw new InvalidArgumentError(`Expected a pruning method but found ${method}`);
  return pruner;
}
