import assert from "node:assert/strict";
import process from "node:process";
import { crc32 } from "node:zlib";
import { GraphonLimitError } from "@graphon-limit/runtime";

/** Runs `body` with an empty folder that is removed afterwards. */
export async function withFolder(body: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    await body(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** The names in a folder, sorted. */
export function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

export async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(text);
}

/** An IDX file of unsigned bytes. */
export function idxFile(shape: readonly number[], data: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(4 + 4 * shape.length + data.length);
  const view = new DataView(file.buffer);
  view.setUint32(0, 0x0800 + shape.length);
  shape.forEach((size, axis) => view.setUint32(4 + 4 * axis, size));
  file.set(data, 4 + 4 * shape.length);
  return file;
}

/** An NPY file of version 1 with any dictionary and data. */
export function npyFile(dictionary: string, data: ArrayLike<number> = []): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(`${dictionary}\n`);
  const file = new Uint8Array(10 + text.length + data.length);
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length & 255, text.length >> 8]);
  file.set(text, 10);
  file.set(data, 10 + text.length);
  return file;
}

/** A safetensors file with any text as its header. */
export function safetensorsFile(header: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + json.length + data.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  file.set(data, 8 + json.length);
  return file;
}

/** A ZIP archive of stored files, with ZIP64's fields where asked for. */
export function storedZip(files: Record<string, Uint8Array>, zip64 = false): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [], directory: number[] = [];
  const put = (into: number[], width: number, value: number) => {
    for (let byte = 0; byte < width; byte++) into.push(Math.floor(value / 256 ** byte) % 256);
  };
  for (const [name, content] of Object.entries(files)) {
    const local = bytes.length, letters = [...new TextEncoder().encode(name)], size = content.length;
    const fields = (into: number[], extra: number) => {
      for (const value of [20, 0, 0, 0, 33]) put(into, 2, value);
      put(into, 4, crc32(content));
      for (const value of [size, size]) put(into, 4, zip64 ? 0xffffffff : value);
      for (const value of [letters.length, extra]) put(into, 2, value);
    };
    put(bytes, 4, 0x04034b50);
    fields(bytes, 0);
    bytes.push(...letters, ...content);
    put(directory, 4, 0x02014b50);
    put(directory, 2, 20);
    fields(directory, zip64 ? 28 : 0);
    for (const [width, value] of [[2, 0], [2, 0], [2, 0], [4, 0], [4, zip64 ? 0xffffffff : local]]) {
      put(directory, width, value);
    }
    directory.push(...letters);
    if (zip64) {
      for (const [width, value] of [[2, 1], [2, 24], [8, size], [8, size], [8, local]]) {
        put(directory, width, value);
      }
    }
  }
  const start = bytes.length, count = Object.keys(files).length, end = start + directory.length;
  bytes.push(...directory);
  if (zip64) {
    const record = [[4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0], [8, count], [8, count]];
    for (const [width, value] of [...record, [8, directory.length], [8, start]]) put(bytes, width, value);
    for (const [width, value] of [[4, 0x07064b50], [4, 0], [8, end], [4, 1]]) put(bytes, width, value);
  }
  put(bytes, 4, 0x06054b50);
  for (const value of [0, 0, count, count]) put(bytes, 2, value);
  for (const value of zip64 ? [0xffffffff, 0xffffffff] : [directory.length, start]) put(bytes, 4, value);
  put(bytes, 2, 0);
  return Uint8Array.from(bytes);
}

/** A tar archive of the format's first revision, one header and padded content per file. */
export function tarOf(files: Record<string, Uint8Array>): Uint8Array<ArrayBuffer> {
  const blocks: number[] = [];
  for (const [name, content] of Object.entries(files)) {
    const header = new Uint8Array(512);
    const put = (text: string, at: number) => header.set(new TextEncoder().encode(text), at);
    put(name, 0);
    put(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
    put("        ", 148);
    put(name.endsWith("/") ? "5" : "0", 156);
    put(`${header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0")}\0 `, 148);
    blocks.push(...header, ...content, ...new Uint8Array((512 - content.length % 512) % 512));
  }
  return Uint8Array.from([...blocks, ...new Uint8Array(1024)]);
}

/** Asserts that `action` throws one of the project's errors, of one line, matching `pattern`, of the class `name` or one below it. */
export function throwsOneLine(action: () => unknown, pattern: RegExp, name?: string): void {
  assert.throws(action, (error) => isOneLine(error, pattern, name));
}

/** {@linkcode throwsOneLine} for a promise. */
export async function rejectsOneLine(
  action: Promise<unknown>,
  pattern: RegExp,
  name?: string,
): Promise<void> {
  await assert.rejects(action, (error) => isOneLine(error, pattern, name));
}

function isOneLine(error: unknown, pattern: RegExp, name?: string): boolean {
  assert.ok(error instanceof GraphonLimitError, `${error}`);
  assert.match(error.message, pattern);
  assert.doesNotMatch(error.message, /\n/);
  if (name !== undefined) assert.ok(classesOf(error).includes(name), `${error.name}, which is no ${name}`);
  return true;
}

/** The names of an error's class and of those above it. */
function classesOf(error: Error): string[] {
  const names: string[] = [];
  for (let one = Object.getPrototypeOf(error); one !== null; one = Object.getPrototypeOf(one)) {
    names.push(one.constructor.name);
  }
  return names;
}

/**
 * Checks that a run takes time in proportion to a size: sixteen times as long for sixteen times as much, give or take what else a
 * machine does; if anything went over all of it for each, it would be 256 times.
 *
 * @param make makes the run for a size, apart from its time
 */
export function assertLinear(make: (size: number) => () => void, size: number): void {
  const few = fastest(make(size)), many = fastest(make(16 * size));
  assert.ok(many < 100 * few, `${few} ms for ${size}, ${many} ms for ${16 * size}`);
}

/** Milliseconds of the processor's time in the fastest of some runs: what else the machine does takes none of it. */
function fastest(run: () => void): number {
  const times = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.max(0.1, Math.min(...times));
}
