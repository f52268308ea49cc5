/**
 * What the sources in `wasm/assembly/` declare for others: kernels with their parameters, and constants.
 *
 * They are found by their place in the text, which the formatter guarantees: an export begins a line, and its comment ends
 * the line before.
 *
 * @module
 */

/** Where the sources are. */
export const SOURCE = new URL("./assembly/", import.meta.url);

/** A source, and what it exports. */
export interface Source {
  /** `row_degree`, `shared/tile`. */
  readonly name: string;
  /** What the runtime runs; what sources in `shared/` export is helpers of these. */
  readonly kernels: readonly Declared[];
  /** Numbers that the TypeScript beside it needs too. */
  readonly constants: readonly Declared[];
}

/** An exported kernel and its parameters, without the first, the part's number; or an exported constant, which has none. */
export interface Declared {
  readonly name: string;
  /** As it stands, or empty. */
  readonly comment: string;
  readonly parameters: readonly string[];
}

/** All sources, those of the ops first, by name. */
export function readSources(): Source[] {
  return [...namesIn(""), ...namesIn("shared/")].map((name) =>
    readSource(name, Deno.readTextFileSync(new URL(`${name}.ts`, SOURCE)))
  );
}

function namesIn(folder: string): string[] {
  const files = [...Deno.readDirSync(new URL(folder, SOURCE))].filter(({ isFile }) => isFile);
  return files.map(({ name }) => folder + name.replace(/\.ts$/, "")).sort();
}

const CONSTANT = /^export const (\w+)/;
const FUNCTION = /^export function (\w+)\(([^)]*)\)/;

/**
 * Reads what a source exports.
 *
 * @throws Error where a source outside `shared/` exports what is neither a kernel, whose first parameter is `part`, nor a
 * constant
 */
export function readSource(name: string, text: string): Source {
  const kernels: Declared[] = [], constants: Declared[] = [];
  for (const { index } of text.matchAll(/^export /gm)) {
    const rest = text.slice(index), comment = commentBefore(text, index);
    const constant = CONSTANT.exec(rest);
    if (constant) {
      constants.push({ name: constant[1], comment, parameters: [] });
    } else if (!name.startsWith("shared/")) {
      const [, kernel, list = ""] = FUNCTION.exec(rest) ?? [];
      const [part, ...parameters] = [...list.matchAll(/(\w+):/g)].map((match) => match[1]);
      if (part !== "part") {
        const [line] = rest.split("\n");
        throw new Error(
          `Expected ${name}.ts to export kernels, whose first parameter is part, but found: ${line}`,
        );
      }
      kernels.push({ name: kernel, comment, parameters });
    }
  }
  return { name, kernels, constants };
}

function commentBefore(text: string, index: number): string {
  const before = text.slice(0, index).trimEnd();
  return before.endsWith("*/") ? before.slice(before.lastIndexOf("/**")) : "";
}
