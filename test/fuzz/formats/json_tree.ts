import type { Random } from "../random.ts";
import { numberText, oddName } from "../values.ts";

/** JSON that may hold a name twice, and text that is none. */
export type Tree =
  | { readonly kind: "object"; readonly entries: readonly (readonly [name: string, value: Tree])[] }
  | { readonly kind: "list"; readonly items: readonly Tree[] }
  | { readonly kind: "text"; readonly text: string };

export function treeOf(value: unknown): Tree {
  if (Array.isArray(value)) return { kind: "list", items: value.map(treeOf) };
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([name, inner]) => [name, treeOf(inner)] as const);
    return { kind: "object", entries };
  }
  return text(JSON.stringify(value) ?? "null");
}

function text(content: string): Tree {
  return { kind: "text", text: content };
}

/** The tree of a JSON text; undefined where it is none. */
export function parseTree(json: string): Tree | undefined {
  try {
    return treeOf(JSON.parse(json));
  } catch {
    return undefined;
  }
}

export function write(tree: Tree): string {
  if (tree.kind === "text") return tree.text;
  if (tree.kind === "list") return `[${tree.items.map(write).join(",")}]`;
  return `{${tree.entries.map(([name, value]) => `${JSON.stringify(name)}:${write(value)}`).join(",")}}`;
}

/** Any value, small or hardly one. */
function oddValue(random: Random): Tree {
  const depth = random.pick([1, 3, 100, 3000]);
  const wide = Array.from({ length: random.pick([0, 2, 65, 2000]) }, () => text(numberText(random)));
  return random.pick<() => Tree>([
    () => text(numberText(random)),
    () => text(numberText(random)),
    () => text(JSON.stringify(oddName(random))),
    () => text(random.pick(["null", "true", "false", "undefined", "", '"\\ud800"', '"\\u0000"', "'a'"])),
    () => ({ kind: "list", items: wide }),
    () => text("[".repeat(depth) + "]".repeat(depth)),
    () => text('{"a":'.repeat(depth) + "1" + "}".repeat(depth)),
    () => ({ kind: "object", entries: [[oddName(random), text(numberText(random))]] }),
  ])();
}

/** Changes one place of the tree, chosen on a walk from its root. */
export function changed(tree: Tree, random: Random): Tree {
  const children = tree.kind === "object"
    ? tree.entries.length
    : tree.kind === "list"
    ? tree.items.length
    : 0;
  if (children > 0 && random.chance(0.75)) return inner(tree, random.below(children), random);
  if (tree.kind === "object") return { kind: "object", entries: changedList(tree.entries, random, oddEntry) };
  if (tree.kind === "list" && random.chance(0.7)) {
    return { kind: "list", items: changedList(tree.items, random, oddValue) };
  }
  return oddValue(random);
}

function inner(tree: Tree, at: number, random: Random): Tree {
  if (tree.kind === "list") {
    return { kind: "list", items: tree.items.with(at, changed(tree.items[at], random)) };
  }
  if (tree.kind === "text") return oddValue(random);
  const [name, value] = tree.entries[at];
  const entry = random.chance(0.15)
    ? [oddName(random), value] as const
    : [name, changed(value, random)] as const;
  return { kind: "object", entries: tree.entries.with(at, entry) };
}

function oddEntry(random: Random): readonly [string, Tree] {
  return [oddName(random), oddValue(random)];
}

/** A list with something left out, put twice, moved, added, or made anew. */
function changedList<T>(items: readonly T[], random: Random, fresh: (random: Random) => T): readonly T[] {
  const at = random.below(items.length), to = random.below(items.length + 1);
  const one = items.length === 0 ? fresh(random) : items[at];
  return random.pick<() => readonly T[]>([
    () => items.toSpliced(at, 1),
    () => items.toSpliced(to, 0, one),
    () => items.toSpliced(at, 1).toSpliced(to, 0, one),
    () => items.toSpliced(to, 0, fresh(random)),
    () => [],
    () => items.toReversed(),
    () => Array.from({ length: random.pick([2, 70, 500]) }, () => one),
  ])();
}

/** Longer texts are not made: what is put five hundred times in what is put five hundred times takes minutes to write. */
const LONGEST = 1 << 18;

/** About how many letters a tree is written in; a part that is there many times is counted once and told as often. */
function lettersIn(tree: Tree, known: Map<Tree, number> = new Map()): number {
  const before = known.get(tree);
  if (before !== undefined) return before;
  let letters = 2;
  if (tree.kind === "text") letters = tree.text.length;
  else if (tree.kind === "list") { for (const item of tree.items) letters += 1 + lettersIn(item, known); }
  else for (const [name, value] of tree.entries) letters += 4 + name.length + lettersIn(value, known);
  known.set(tree, letters);
  return letters;
}

/** A JSON text with some places changed; undefined where it is none, or would be very long. */
export function changedJson(json: string, random: Random): string | undefined {
  try {
    let tree = json.length > LONGEST ? undefined : parseTree(json);
    if (tree === undefined) return undefined;
    for (let left = random.between(1, 3); left > 0; left--) tree = changed(tree, random);
    return lettersIn(tree) > LONGEST ? undefined : write(tree);
  } catch (error) {
    // What is nested too deep to be written is not changed further.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
