import { gzipSync } from "fflate";

/** A file of a tarball. */
export interface Member {
  /** Its path in the tarball, with slashes. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Whether it is a program. */
  readonly executable: boolean;
}

const BLOCK = 512;

/** The moment that every member is said to be of, as npm does: the same files make the same tarball. */
const TIME = Date.UTC(1985, 9, 26, 8, 15) / 1000;

/**
 * A gzipped tar file (POSIX ustar), as npm takes packages.
 *
 * @throws Error where a path is too long for the format
 */
export function tarball(members: readonly Member[]): Uint8Array<ArrayBuffer> {
  const pieces = members.flatMap((member) => [header(member), padded(member.bytes)]);
  pieces.push(new Uint8Array(2 * BLOCK));
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return gzipSync(whole, { level: 9, mtime: TIME * 1000 });
}

function header({ path, bytes, executable }: Member): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const [prefix, name] = split(path);
  const write = (offset: number, text: string) => block.set(new TextEncoder().encode(text), offset);
  const octal = (offset: number, value: number, width: number) =>
    write(offset, value.toString(8).padStart(width - 1, "0"));
  write(0, name);
  octal(100, executable ? 0o755 : 0o644, 8);
  octal(108, 0, 8);
  octal(116, 0, 8);
  octal(124, bytes.length, 12);
  octal(136, TIME, 12);
  // The sum of the header's bytes, its own field taken as spaces.
  write(148, "        ");
  write(156, "0");
  write(257, "ustar\0" + "00");
  write(345, prefix);
  octal(148, block.reduce((sum, byte) => sum + byte, 0), 7);
  block[154] = 0;
  return block;
}

/** A path of more than a hundred bytes is told in two parts. */
function split(path: string): [prefix: string, name: string] {
  if (path.length <= 100) return ["", path];
  const at = path.indexOf("/", path.length - 101);
  if (at < 0 || at > 155) {
    throw new Error(`Expected a path of at most 255 bytes for a tar file but found ${path}`);
  }
  return [path.slice(0, at), path.slice(at + 1)];
}

function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.ceil(bytes.length / BLOCK) * BLOCK);
  whole.set(bytes);
  return whole;
}
