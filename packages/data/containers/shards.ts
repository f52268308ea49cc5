import type { ByteSource } from "../files/byte_source.ts";
import { hostFiles } from "../files/host_files.ts";
import { isFile } from "../files/io_error.ts";
import { fileFault, formatFault } from "../messages/faults.ts";
import { described, listed, printable, quoted } from "../messages/printable.ts";
import { duplicateKey } from "./duplicate_key.ts";
import type { StoredTensor, TensorContents, TensorReader, UnreadTensor } from "./tensor_reader.ts";

/** An index is JSON of a line for each tensor. */
const LONGEST_INDEX = 100_000_000;

/** How the files of one model in several are called: `model-00002-of-00005.safetensors`. */
const SHARD_NAME = /^(.*)-(\d{5})-of-(\d{5})(\.[^.]+)$/;

/** File systems have no longer names, in bytes. */
const LONGEST_NAME = 255;

/** Which file each tensor of a model is in. */
export type ShardIndex = ReadonlyMap<string, string>;

/** The index of a model in several files, `{"weight_map": {tensor: file}}`; undefined where the bytes are none. */
export function parseShardIndex(bytes: ByteSource): ShardIndex | undefined {
  if (bytes.size > LONGEST_INDEX) return undefined;
  const text = new Uint8Array(bytes.size);
  bytes.readAt(0, text);
  let json = "", map: unknown;
  try {
    json = new TextDecoder("utf-8", { fatal: true }).decode(text);
    map = (JSON.parse(json) as { weight_map?: unknown } | null)?.weight_map;
  } catch {
    return undefined;
  }
  if (typeof map !== "object" || map === null || Array.isArray(map)) return undefined;
  const twice = duplicateKey(json);
  if (twice !== undefined) throw formatFault(bytes.label, "each name once", `${quoted(twice)} twice`);
  for (const [tensor, file] of Object.entries(map)) {
    // The files stand beside the index: a name that leads elsewhere is nobody's honest shard.
    if (
      typeof file !== "string" || file === "" || /[/\\]|^\.\.?$/.test(file) ||
      new TextEncoder().encode(file).length > LONGEST_NAME
    ) {
      throw formatFault(bytes.label, `a file beside it for ${quoted(tensor)}`, described(file));
    }
  }
  return new Map(Object.entries(map as Record<string, string>));
}

/**
 * The tensors of a model in several files, by its index.
 *
 * @param path the index's
 * @param open opens one of the files
 * @throws InvalidArgumentError where files are missing
 * @throws FormatError where a file lacks a tensor that the index says it has
 */
export function openShards(
  path: string,
  index: ShardIndex,
  open: (path: string) => TensorReader,
): TensorContents {
  const { join, dirname } = hostFiles().path;
  const names = [...new Set(index.values())].sort();
  const missing = names.filter((name) => !isFile(join(dirname(path), name)));
  if (missing.length > 0) {
    throw fileFault(path, `the ${names.length} files it names beside it`, `no ${listed(missing)}`);
  }
  const shards = new Map<string, TensorReader>();
  const close = () => shards.forEach((shard) => shard[Symbol.dispose]());
  try {
    for (const name of names) shards.set(name, open(join(dirname(path), name)));
    return { source: path, ...gather(path, index, shards), [Symbol.dispose]: close };
  } catch (error) {
    close();
    throw error;
  }
}

function gather(
  path: string,
  index: ShardIndex,
  shards: ReadonlyMap<string, TensorReader>,
): Pick<TensorContents, "tensors"> & { unread: readonly UnreadTensor[] } {
  const unreadOf = new Map(
    [...shards].map(([file, { unread }]) => [file, new Map(unread.map((each) => [each.name, each]))]),
  );
  const tensors: StoredTensor[] = [], unread: UnreadTensor[] = [];
  for (const [name, file] of index) {
    const shard = shards.get(file) as TensorReader, other = unreadOf.get(file)?.get(name);
    if (other !== undefined) unread.push(other);
    else if (shard.has(name)) tensors.push(shard.stored(name));
    else throw formatFault(path, `${quoted(name)} in ${file}`, "none");
  }
  return { tensors, unread };
}

/** A line that says that a file is one of several, where its name does. */
export function shardNotices(path: string): readonly string[] {
  const { basename, dirname, join } = hostFiles().path;
  const [, stem, number, count, ending] = SHARD_NAME.exec(basename(path)) ?? [];
  if (stem === undefined || Number(count) < 2) return [];
  const index = `${stem}${ending}.index.json`;
  const whole = isFile(join(dirname(path), index))
    ? `${index} beside it is the whole`
    : `${index} is not beside it`;
  return [printable(`${path}: one file of ${Number(count)}, number ${Number(number)}; ${whole}`)];
}
