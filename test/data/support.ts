import assert from "node:assert/strict";
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

/** Asserts that `action` throws one of the project's errors, of one line, matching `pattern`. */
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
  if (name !== undefined) assert.equal(error.name, name);
  return true;
}
