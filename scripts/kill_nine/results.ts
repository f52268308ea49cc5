import { parseSafetensors } from "@graphon-limit/data";

/** Files by their path in a folder, as they are but for times. */
export type Results = ReadonlyMap<string, string>;

/** What a run says of times, in JSON, Markdown and HTML. */
const TIMES = /(wall time|time of all tasks|\d+ tasks?)([":<>/a-z,\s]*?)\d[\d.]* (?:s|min|h)[^"<\n]*/g;

/** The notice of a run that is gone on with though its steps are done. */
const NONE_TAKEN = /: all \d+ steps are done; none is taken$/;

/** The results in a folder: finished tasks, temporary files and `state` apart. */
export function resultsIn(folder: string, state?: string): Results {
  const names = namesBelow(folder).filter((name) => !isTask(name) && !isTemporary(name) && name !== state);
  return new Map(names.map((name) => [name, withoutTimes(folder, name)]));
}

/** Everything in a folder, finished tasks too, for a comparison of two runs that have come to their ends. */
export function everythingIn(folder: string): Results {
  return new Map(namesBelow(folder).map((name) => [name, withoutTimes(folder, name)]));
}

/** Temporary files below a folder. */
export function temporaryIn(folder: string): string[] {
  return namesBelow(folder).filter(isTemporary);
}

/** What a kill left of results that were to replace others: which they are. */
export type Left = "old" | "new" | "mixed" | "damaged";

/** What there is, told by what there was and what there is to be. */
export function leftOf(found: Results, before: Results, after: Results): Left {
  let old = true, fresh = true;
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const now = found.get(name), isOld = now === before.get(name), isNew = now === after.get(name);
    if (!isOld && !isNew) return "damaged";
    old &&= isOld;
    fresh &&= isNew;
  }
  return old ? "old" : fresh ? "new" : "mixed";
}

/** The names of files that two runs have not the same. */
export function differing(a: Results, b: Results): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((name) => a.get(name) !== b.get(name));
}

/** Whether a safetensors file is there and whole; undefined where there is none. */
export function isWhole(path: string): boolean | undefined {
  try {
    parseSafetensors(Deno.readFileSync(path), path);
    return true;
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? undefined : false;
  }
}

const isTask = (name: string) => name.startsWith("tasks/");
const isTemporary = (name: string) => /\.graphon-limit-[^/]*\.tmp$/.test(name);

function namesBelow(folder: string, below = ""): string[] {
  return [...Deno.readDirSync(`${folder}/${below}`)].flatMap(({ name, isDirectory }) =>
    isDirectory ? namesBelow(folder, `${below}${name}/`) : [below + name]
  ).sort();
}

function withoutTimes(folder: string, name: string): string {
  const bytes = Deno.readFileSync(`${folder}/${name}`);
  if (isTask(name) && !isTemporary(name)) {
    const { seconds: _, checksum: __, ...record } = JSON.parse(new TextDecoder().decode(bytes));
    return JSON.stringify(record);
  }
  if (name === "run.json") {
    // Seconds, the command line, which says where a run was gone on with, and what is said of one that was done when it was killed.
    const { seconds: _, provenance: __, notices, ...run } = JSON.parse(new TextDecoder().decode(bytes));
    return JSON.stringify({ ...run, notices: notices.filter((line: string) => !NONE_TAKEN.test(line)) });
  }
  if (/\.(json|html|md)$/.test(name)) return new TextDecoder().decode(bytes).replaceAll(TIMES, "$1$2…");
  return bytes.toHex();
}
