import { basename } from "node:path";
import { replay } from "./batch.ts";
import type { Finding } from "./judge.ts";

/** Inputs that once showed something, by target: each is read as it should be ever since. */
const CORPUS = new URL("./corpus/", import.meta.url);

/** The paths of the inputs that are kept. */
export function corpusPaths(): string[] {
  return [...Deno.readDirSync(CORPUS)].filter(({ isDirectory }) => isDirectory).flatMap(({ name: target }) =>
    [...Deno.readDirSync(new URL(`${target}/`, CORPUS))].map(({ name }) =>
      `test/fuzz/corpus/${target}/${name}`
    )
  ).sort();
}

/** The target of a file in the corpus or among the findings: its folder is called so. */
export function targetOfPath(path: string): string {
  return path.split("/").at(-2) ?? "";
}

/**
 * What is wrong with how a file is read. Of one that is named after a change of content, checksums are taken for those of valid
 * inputs; others may have been made with checksums of their own.
 */
export async function replayFile(path: string, target = targetOfPath(path)): Promise<Finding | undefined> {
  return await replay(target, Deno.readFileSync(path), basename(path).startsWith("changed-content"));
}
