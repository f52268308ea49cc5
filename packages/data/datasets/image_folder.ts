import { hostFiles } from "../files/host_files.ts";
import { cannotRead, isFile } from "../files/io_error.ts";
import { fileFault } from "../messages/faults.ts";
import { listed, printable } from "../messages/printable.ts";
import type { Split } from "./catalogue.ts";
import { IMAGE_SETS, type ImageSet, type ImageSource } from "./image_sets.ts";

/** The files of a split, found. */
export interface FoundImages {
  readonly set: ImageSet;
  readonly kind: ImageSource["kind"];
  readonly images: string;
  /** The file of the labels; that of the images, where they are together. */
  readonly labels: string;
  readonly split: Split;
  /** Whether the files or their folder are called as the set is, and not as those of many others. */
  readonly isNamed: boolean;
  /** Lines, safe to print. */
  readonly notices: readonly string[];
}

/**
 * Finds a set's files in a folder as people have them: under any of the names they go by, in the folder or where
 * torchvision puts them. MNIST's name also finds another set of its formats, if there is one only; test files serve for
 * training where there are no others. Either is said.
 *
 * @throws InvalidArgumentError where there are none, several sets of which none was named, or images without labels
 */
export function findImages(set: ImageSet, folder: string, split: Split): FoundImages {
  const splits: readonly Split[] = split === "test" ? ["test"] : ["train", "test"];
  for (const isOwn of set.name === "mnist" ? [true, false] : [true]) {
    for (const candidate of splits) {
      const files = isOwn ? findSource(set, folder, candidate) : findRelative(folder, candidate);
      if (files === undefined) continue;
      const notices = [
        ...(isOwn ? [] : [`${folder}: ${files.set.name} in place of ${set.name}, which is not there`]),
        ...(candidate === split ? [] : [`${folder} has no training files; training on ${files.images}`]),
      ];
      return { ...files, notices: notices.map(printable) };
    }
  }
  throw fileFault(folder, describe(set, splits), whatIsThere(folder));
}

/** Folders that say nothing of what is in them. */
const ANYONES_FOLDERS = [".", "raw"];

/** The only other set that is in a folder under a name of its own. @throws InvalidArgumentError where there are several */
function findRelative(folder: string, split: Split): FoundImages | undefined {
  const found = Object.values(IMAGE_SETS).filter(({ name }) => name !== "mnist" && name !== "fashion-mnist")
    .flatMap((set) => findSource(set, folder, split) ?? [])
    .filter(({ isNamed }) => isNamed);
  if (found.length > 1) {
    const names = found.map(({ set }) => set.name);
    throw fileFault(folder, "one data set, or the name of one,", `several: ${names.join(", ")}`);
  }
  return found[0];
}

function findSource(set: ImageSet, folder: string, split: Split): FoundImages | undefined {
  const { join } = hostFiles().path;
  for (const place of set.folders) {
    for (const source of set.sources(split)) {
      const images = source.images.map((name) => join(folder, place, name)).find(isFile);
      if (images === undefined) continue;
      const isNamed = source.isShared === undefined || !ANYONES_FOLDERS.includes(place);
      const base = { set, kind: source.kind, images, split, isNamed, notices: [] };
      if (!("labels" in source)) return { ...base, labels: images };
      const labels = source.labels.map((name) => join(folder, place, name)).find(isFile);
      if (labels !== undefined) return { ...base, labels };
      throw fileFault(images, `${shortName(source.labels)} beside it`, "none");
    }
  }
}

/** What a set's files are called, for the error that there are none. */
function describe(set: ImageSet, splits: readonly Split[]): string {
  const names = splits.flatMap((split) => set.sources(split)).map(({ images }) => shortName(images));
  return `${set.name}'s files, such as ${[...new Set(names)].join(" or ")},`;
}

/** The first of a file's names, its ending `.gz` in brackets. */
function shortName(names: readonly string[]): string {
  const [first] = names;
  return first.endsWith(".gz") ? first.replace(/\.gz$/, "[.gz]") : first;
}

function whatIsThere(folder: string): string {
  let names: string[];
  try {
    names = hostFiles().list(folder).sort();
  } catch (error) {
    throw cannotRead(folder, error);
  }
  return names.length === 0 ? "an empty folder" : `only ${listed(names)}`;
}
