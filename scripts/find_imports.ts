/**
 * Finds imports by their place in the text, which the formatter guarantees: a static import or re-export begins a line. The
 * examples in doc comments, whose lines begin with `*`, are no imports.
 *
 * @module
 */

/** A module specifier and the line it stands on; no specifier where the import is computed. */
export interface Import {
  readonly specifier: string | undefined;
  readonly line: number;
}

const BRACES = String.raw`\{[^}]*\}`;
const STAR = String.raw`\*(?:\s+as\s+\w+)?`;
const CLAUSE = String.raw`(?:type\s+)?(?:${BRACES}|${STAR}|\w+(?:\s*,\s*(?:${BRACES}|${STAR}))?)\s*from\s*`;
const STATIC = new RegExp(String.raw`^(?:import\s+(?:${CLAUSE})?|export\s+${CLAUSE})["']([^"']+)["']`, "gm");
const DYNAMIC = /\bimport\(\s*(?:["'`]([^"'`$]+)["'`])?/g;
const COMMENT_LINE = /^\s*(?:\*|\/\*|\/\/)/;

/** Every import of a module: static, re-exporting, dynamic, and of types. */
export function findImports(source: string): Import[] {
  const lineOf = (index: number) => source.slice(0, index).split("\n").length;
  const found: Import[] = [];
  for (const match of source.matchAll(STATIC)) {
    found.push({ specifier: match[1], line: lineOf(match.index) });
  }
  for (const match of source.matchAll(DYNAMIC)) {
    const start = source.lastIndexOf("\n", match.index) + 1;
    const before = source.slice(start, match.index);
    if (!COMMENT_LINE.test(before) && !/(?:^|\s)\/\//.test(before)) {
      found.push({ specifier: match[1], line: lineOf(match.index) });
    }
  }
  return found.sort((a, b) => a.line - b.line);
}
