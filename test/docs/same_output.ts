/** How far a number may be from the one in the document: devices and drivers round differently. */
const RELATIVE = 0.05, ABSOLUTE = 0.02;

/**
 * What is wrong with a command's output, given the one a document shows; undefined where nothing is. Words must be the same
 * and numbers about the same; a line `…` stands for any number of lines; blank lines and rules do not count.
 */
export function differenceOf(actual: string, shown: string): string | undefined {
  const found = linesOf(actual);
  let at = 0, skipping = false;
  for (const line of linesOf(shown)) {
    if (line === "…") {
      skipping = true;
      continue;
    }
    const next = skipping ? found.findIndex((other, i) => i >= at && sameLine(other, line)) : at;
    if (next < 0 || next >= found.length || !sameLine(found[next], line)) {
      return `${JSON.stringify(line)} is shown but ${JSON.stringify(found[at] ?? "nothing")} printed`;
    }
    at = next + 1;
    skipping = false;
  }
  return skipping || at === found.length ? undefined : `${JSON.stringify(found[at])} is not shown`;
}

function linesOf(text: string): string[] {
  return text.split("\n").map((line) => line.trim()).filter((line) => !/^[\s─]*$/.test(line));
}

function sameLine(actual: string, shown: string): boolean {
  const left = actual.split(/\s+/), right = shown.split(/\s+/);
  return left.length === right.length && left.every((word, i) => sameWord(word, right[i]));
}

function sameWord(actual: string, shown: string): boolean {
  if (actual === shown) return true;
  const a = Number(actual), b = Number(shown);
  return Math.abs(a - b) <= Math.max(ABSOLUTE, RELATIVE * Math.abs(b));
}
