import { basename } from "node:path";
import { type Batch, disconnectionOf, type Network, uploadMask } from "@graphon-limit/model";
import { type Method, random } from "@graphon-limit/pruners";
import { deriveSeed, printable, show } from "@graphon-limit/runtime";
import {
  clearMasks,
  keptByLayer,
  masksOf,
  masksOn,
  type NamedMasks,
  randomLike,
  randomQuota,
} from "@graphon-limit/study";
import type { DefinedFlags } from "./defined_network.ts";
import { layersFor } from "./layers_in_files.ts";
import { openFiles } from "./network_files.ts";
import type { Session } from "./session.ts";
import { listOf, oneOf, UsageError } from "./usage.ts";
import type { Parse } from "./flags.ts";

/** The controls there are: random masks that keep as many weights in all, or as many in each layer. */
export const CONTROLS = ["random", "quota"] as const;
export type Control = typeof CONTROLS[number];

/** A list of controls, or `none`. */
export const controlList: Parse<readonly Control[]> = (text, flag) =>
  text === "none" ? [] : listOf(oneOf(CONTROLS))(text, flag);

/** A file of masks and what they are called. */
export interface NamedFile {
  readonly name: string;
  readonly path: string;
}

/** `NAME=FILE`, or a file that is called by its own name, as it can be printed. */
export const namedFile: Parse<NamedFile> = (given, flag) => {
  const [, name, path] = /^([^=/\\]+)=(.+)$/s.exec(given) ?? [];
  const called = printable(name ?? basename(given).replace(/\.[^.]+$/, ""));
  const found = { name: called, path: path ?? given };
  if (found.name !== "" && found.path !== "" && !given.startsWith("=")) return found;
  throw new UsageError(`Expected ${flag} to be NAME=FILE or a file but found ${show(given)}`);
};

/** What is to be compared: masks in files, those of methods, and controls. */
export interface Compared {
  readonly files: readonly NamedFile[];
  readonly methods: readonly Method[];
  /** Of methods; as many weights as the first file's masks keep, unless given. */
  readonly sparsity: number | undefined;
  readonly controls: readonly Control[];
}

/**
 * All masks that are to be compared, each under a name of its own: those of files, those of methods, then the controls of each of
 * them. The network has none afterwards.
 */
export async function collectMasks(
  session: Session,
  network: Network,
  { files, methods, sparsity, controls }: Compared,
  { flags, image, batch }: {
    readonly flags: DefinedFlags;
    readonly image: readonly number[] | undefined;
    readonly batch: Batch | undefined;
  },
): Promise<NamedMasks[]> {
  const given: NamedMasks[] = [], drawn = new Set<NamedMasks>();
  for (const { name, path } of files) {
    given.push(await masksOfFile(session, network, { name, path }, flags, image));
    await warnOfDisconnection(session, network, name);
  }
  const wanted = sparsity ?? sparsityOf(network, given[0]);
  for (const method of methods) {
    using progress = session.progress(1, `${method.name} masks`);
    const { seed, signal } = session;
    const masks = await masksOf(network, method, { sparsity: wanted, batch, seed, signal });
    given.push(masks);
    if (method === random) drawn.add(masks);
    progress.done();
    await warnOfDisconnection(session, network, method.name);
  }
  const all = [...given, ...await controlsOf(session, network, given, { controls, drawn })];
  clearMasks(network);
  const twice = all.find(({ name }, at) => all.findIndex((other) => other.name === name) !== at);
  if (twice) throw new UsageError(`Expected masks of different names but found ${show(twice.name)} twice`);
  return all;
}

async function warnOfDisconnection(session: Session, network: Network, name: string): Promise<void> {
  const line = await disconnectionOf(network);
  if (line !== undefined) session.warn(`${name}: ${line}`);
}

/** The masks of a file on the network's layers, of which it is told by the flags how they follow one another. */
async function masksOfFile(
  session: Session,
  network: Network,
  { name, path }: NamedFile,
  flags: DefinedFlags,
  image: readonly number[] | undefined,
): Promise<NamedMasks> {
  using files = openFiles({ weights: flags.weights, masks: path });
  const layers = await layersFor(session, network, files, flags, { source: path, image });
  clearMasks(network);
  layers.forEach(({ mask }, layer) =>
    mask && network.weights[layer].setMask(uploadMask(session.device, mask))
  );
  return await masksOn(network, name);
}

function sparsityOf({ weights }: Pick<Network, "weights">, masks: NamedMasks | undefined): number {
  if (!masks) return 0;
  const total = weights.reduce((sum, { count }) => sum + count, 0);
  const kept = keptByLayer({ weights }, masks).reduce((sum, count) => sum + count, 0);
  return (total - kept + 0.5) / total;
}

/**
 * Random masks beside each of the given ones; one for all that keep as many weights in all, and none beside those that were `drawn`
 * just so.
 */
async function controlsOf(
  session: Session,
  network: Network,
  given: readonly NamedMasks[],
  { controls, drawn }: { readonly controls: readonly Control[]; readonly drawn: ReadonlySet<NamedMasks> },
): Promise<NamedMasks[]> {
  const found: NamedMasks[] = [], taken = new Set(given.map(({ name }) => name));
  const counts = new Set<number>();
  const seed = (at: number) => deriveSeed(session.seed, 0x636f6e74, at);
  const nameOf = (short: string, long: string) => {
    const name = taken.has(short) ? long : short;
    taken.add(name);
    return name;
  };
  for (const [at, masks] of given.entries()) {
    const kept = keptByLayer(network, masks).reduce((sum, count) => sum + count, 0);
    if (controls.includes("random") && !counts.has(kept) && !drawn.has(masks)) {
      counts.add(kept);
      found.push(await randomLike(network, masks, nameOf("random", `random (${masks.name})`), seed(2 * at)));
    }
    if (controls.includes("quota")) {
      const name = nameOf(given.length === 1 ? "quota" : `quota of ${masks.name}`, `quota of ${masks.name}`);
      found.push(await randomQuota(network, masks, name, seed(2 * at + 1)));
    }
  }
  return found;
}
