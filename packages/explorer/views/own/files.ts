import {
  assignRoles,
  DATASET_NAMES,
  giveFiles,
  naturalCompare,
  type NetworkInFiles,
  openTensors,
  readNetwork,
  type TensorReader,
  TransposedLayersError,
  UnknownOrderError,
  UnknownTensorError,
} from "@graphon-limit/data";
import { formatBytes, FormatError, GraphonLimitError, OutOfDeviceMemoryError } from "@graphon-limit/runtime";
import type { Answer, FileFacts, GivenFile, OwnFiles, Question, Role } from "./requests.ts";

/** What a reader has to decide first. */
export class Undecided extends Error {
  constructor(readonly question: Omit<Question, "needed">) {
    super(question.line);
  }
}

/** What dropped files are taken for. */
export interface Taken {
  readonly masks: string | undefined;
  /** Whether `masks` are weights, of which those that are 0 are pruned. */
  readonly nonzero: boolean;
  readonly weights: string | undefined;
  readonly samples: string | undefined;
  readonly images: boolean;
}

/** What files are known again by. */
export function fingerprintOf(files: readonly GivenFile[]): string {
  return JSON.stringify(files.map(({ path, content, changed }) => [path, content.size, changed]));
}

/** Makes the files those that paths mean. */
export function give(files: readonly GivenFile[]): void {
  giveFiles(files.map(({ path, content }) => [path, content]));
}

/** What each of the files that were given looks like. */
export async function lookAtFiles(files: readonly GivenFile[]): Promise<FileFacts[]> {
  const facts: FileFacts[] = [];
  for (const file of files) facts.push(await factsOf(file, files));
  return facts;
}

const SHARD = /-\d{5}-of-\d{5}\.safetensors$/;

async function factsOf({ path, content }: GivenFile, all: readonly GivenFile[]): Promise<FileFacts> {
  const file = { path, bytes: content.size };
  if (SHARD.test(path) && all.some((other) => other.path.endsWith(".safetensors.index.json"))) {
    return { ...file, what: "part of a network in several files", role: "none", choices: ["none"] };
  }
  try {
    using tensors = openTensors(path);
    const count = tensors.tensors.length;
    return { ...file, what: `${count} ${count === 1 ? "tensor" : "tensors"}`, ...rolesOf(tensors) };
  } catch (error) {
    if (!(error instanceof GraphonLimitError)) throw error;
    const start = new Uint8Array(await content.slice(0, 4).arrayBuffer()), what = imagesIn(path, start);
    if (what !== undefined) return { ...file, what, role: "images", choices: ["images", "none"] };
    return { ...file, what: error.message, role: "none", choices: ["none"] };
  }
}

/** What a data set's file is, told by its first bytes where they tell. */
function imagesIn(path: string, [first, second, type, rank]: Uint8Array): string | undefined {
  if (first === 0 && second === 0 && type >= 0x08 && type <= 0x0e && rank > 0) return "an IDX file";
  if (/\.csv(\.gz)?$/i.test(path)) return "a table";
  if (/(^|\/)(data_batch_\d|test_batch)\.bin$/.test(path)) return "images of CIFAR-10";
  return first === 0x1f && second === 0x8b ? "a compressed file of a data set" : undefined;
}

/** Arrays of data sets in NPZ files, as Keras and KMNIST have them. */
const DATASET_ARRAY = /^(x|images|data)_(train|test)$|^(train|test)_(x|images|data)$/i;

/** What a file of tensors can be taken for; the first is what it looks like. */
function rolesOf(file: TensorReader): Pick<FileFacts, "role" | "choices"> {
  const names = file.tensors.map(({ name }) => name);
  const inOrder = (role: Role, ...others: Role[]) => ({ role, choices: [role, ...others] });
  if (names.some((name) => DATASET_ARRAY.test(name)) || /-(imgs|labels)\.npz$/.test(file.source)) {
    return inOrder("images", "none");
  }
  if (file.has("x") && file.has("y")) return inOrder("samples", "weights", "none");
  if (looksLikeMasks(file)) return inOrder("masks", "weights", "none");
  return inOrder("weights", "nonzero", "masks", "none");
}

/** Whether a file holds masks: tensors that are called so, or nothing but zeros and ones. */
function looksLikeMasks(file: TensorReader): boolean {
  try {
    const { layers, strangers, notices } = assignRoles(file, "weights");
    return layers.length === 0 || layers.some(({ mask }) => mask !== undefined) ||
      strangers.some(({ what }) => what === "masks of nothing here") ||
      notices.some((line) => line.includes("all weights are 0 or 1"));
  } catch (error) {
    // What it is that is asked is asked when it is read.
    if (error instanceof FormatError) return false;
    throw error;
  }
}

/** Decides which file is read as what. @throws {Undecided} where several may be */
export function takeFiles(facts: readonly FileFacts[]): Taken {
  const of = (...roles: Role[]) => facts.filter(({ role }) => roles.includes(role));
  const masks = theOnly(of("masks", "nonzero"), "masks");
  return {
    masks: masks?.path,
    nonzero: masks?.role === "nonzero",
    weights: theOnly(of("weights"), "weights")?.path,
    samples: theOnly(of("samples"), "samples")?.path,
    images: of("images").length > 0,
  };
}

function theOnly(found: readonly FileFacts[], what: string): FileFacts | undefined {
  if (found.length < 2) return found[0];
  const names = found.map(({ path }) => path);
  throw new Undecided({
    line: `Expected one file of ${what} but found ${names.join(", ")}`,
    answers: found.map(({ path, role }) => ({
      label: `Take ${path}`,
      roles: Object.fromEntries(names.map((name) => [name, name === path ? role : "none"])),
    })),
  });
}

/** Files that are open, and the layers in them. */
export interface OpenNetwork extends Disposable {
  readonly source: string;
  readonly found: NetworkInFiles;
}

/**
 * Opens the files of masks and weights and finds their layers.
 *
 * @param chain whether signals are to run through them
 * @throws {Undecided} where the reader is to say how they follow one another, or what a tensor is
 */
export function openNetwork(
  { masks, nonzero, weights }: Taken,
  { order, layout }: OwnFiles,
  chain: true | "wanted",
): OpenNetwork {
  using opened = new DisposableStack();
  const open = (path: string | undefined) => path === undefined ? undefined : opened.use(openTensors(path));
  const first = open(nonzero ? masks : weights), second = nonzero ? "nonzero" as const : open(masks);
  const files = { ...(first && { weights: first }), ...(second && { masks: second }) };
  const transpose = layout === "told" ? undefined : layout === "columns";
  try {
    const found = readNetwork(files, { chain, transpose, order: order.length > 0 ? order : undefined });
    const kept = opened.move();
    return { source: (weights ?? masks)!, found, [Symbol.dispose]: () => kept.dispose() };
  } catch (error) {
    throw asQuestion(error);
  }
}

/** An error that asks something as a question with the answers that there are; any other as it is. */
export function asQuestion(error: unknown): unknown {
  const answers = answersTo(error);
  return answers ? new Undecided({ line: (error as Error).message, answers }) : error;
}

function answersTo(error: unknown): Answer[] | undefined {
  if (error instanceof UnknownOrderError) {
    return [{ label: `Take ${error.order.join(", ")}`, order: error.order }];
  }
  if (error instanceof TransposedLayersError) {
    return [{ label: "Take them as [in, out]", layout: "columns" }];
  }
  if (error instanceof UnknownTensorError) {
    const { tensor, others } = error;
    return [
      { label: `${tensor} is a layer`, order: [...others, tensor].sort(naturalCompare) },
      ...(others.length > 0 ? [{ label: `${tensor} is none`, order: [...others].sort(naturalCompare) }] : []),
    ];
  }
  return undefined;
}

/** Bytes of image files that are read: the largest that are known, EMNIST's, have half of that. */
const MOST_IMAGE_BYTES = 2 ** 30;

/** Throws where image files do not fit into memory beside what they become. @throws {OutOfDeviceMemoryError} */
export function assertImagesFit(facts: readonly FileFacts[]): void {
  const bytes = facts.filter(({ role }) => role === "images").reduce((sum, file) => sum + file.bytes, 0);
  if (bytes <= MOST_IMAGE_BYTES) return;
  throw new OutOfDeviceMemoryError(
    `Expected image files of at most ${formatBytes(MOST_IMAGE_BYTES)} together but found ${
      formatBytes(bytes)
    }`,
  );
}

/** The name of a data set, checked. */
export function datasetNamed(name: string): (typeof DATASET_NAMES)[number] {
  return DATASET_NAMES.find((known) => known === name) ?? "mnist";
}
