import { BLIND } from "../blind.ts";
import type { Random } from "../random.ts";
import type { Bytes, Mutation } from "../target.ts";
import { oddName } from "../values.ts";
import { joined } from "./zip.ts";

/** The files of a folder, by their paths in it, as one input. */
export type Bundle = Readonly<Record<string, Uint8Array>>;

/** One line of JSON with the names and sizes, then the files one after another. */
export function bundled(files: Bundle): Bytes {
  const list = Object.entries(files).map(([name, { length }]) => [name, length]);
  return joined([new TextEncoder().encode(`${JSON.stringify(list)}\n`), ...Object.values(files)]);
}

/** The files of an input, whatever it is. */
export function unbundled(input: Bytes): Bundle {
  const end = input.indexOf(0x0a);
  try {
    const list: [string, number][] = JSON.parse(
      new TextDecoder().decode(input.subarray(0, Math.max(end, 0))),
    );
    const files: Record<string, Uint8Array> = {};
    let at = end + 1;
    for (const [name, length] of list) files[name] = input.slice(at, at += length);
    return files;
  } catch {
    return { "a": input };
  }
}

/** Writes a bundle into a folder that is made for it; what cannot be a file there is left out. */
export function unpack(files: Bundle, folder: string): void {
  Deno.mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const path = `${folder}/${name}`;
    if (
      name.includes("\0") || name.split("/").some((part) => part === ".." || part === "" || part.length > 200)
    ) continue;
    try {
      Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      Deno.writeFileSync(path, content);
    } catch (error) {
      // A name that is a folder's already, or none that the file system takes.
      if (!(error instanceof Error) || error instanceof Deno.errors.NotCapable) throw error;
    }
  }
}

/** Changes one file of a folder, by the way that its name asks for, or the folder. */
export function bundleMutations(
  inside: (name: string, random: Random) => Mutation["change"] | undefined,
): readonly Mutation[] {
  const changeFile: Mutation["change"] = (input, random) => {
    const files = unbundled(input), names = Object.keys(files);
    if (names.length === 0) return undefined;
    const name = random.pick(names), own = random.chance(0.6) ? inside(name, random) : undefined;
    const content = files[name].slice();
    const edited = (own ?? random.pick(BLIND).change)(content, random);
    return edited && bundled({ ...files, [name]: edited });
  };
  const changeFolder: Mutation["change"] = (input, random) => {
    const files = Object.entries(unbundled(input));
    if (files.length === 0) return undefined;
    const at = random.below(files.length), other = random.pick(files);
    const edited = random.pick([
      files.toSpliced(at, 1),
      files.with(at, [files[at][0], other[1]]),
      files.with(at, [other[0], files[at][1]]),
      [...files, [oddName(random), other[1]] as const],
      files.with(at, [files[at][0], new Uint8Array()]),
    ]);
    return bundled(Object.fromEntries(edited));
  };
  return [changeFile, changeFile, changeFile, changeFile, changeFolder]
    .map((change) => ({ change, reseals: true }));
}
