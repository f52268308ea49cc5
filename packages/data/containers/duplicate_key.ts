const QUOTE = 0x22,
  BACKSLASH = 0x5c,
  OPEN_OBJECT = 0x7b,
  CLOSE_OBJECT = 0x7d,
  OPEN_LIST = 0x5b,
  CLOSE_LIST = 0x5d;
const COLON = 0x3a;

/** What is nested deeper is nothing that anybody here reads. */
const DEEPEST = 8;

/**
 * The first key that an object in a JSON text has twice, or undefined: `JSON.parse` keeps the last of them without a word,
 * so that one file would be two to two readers. Looks at the objects of the outermost levels, in one pass.
 *
 * @param text valid JSON, which is not checked again
 */
export function duplicateKey(text: string): string | undefined {
  const keys = Array.from({ length: DEEPEST }, () => new Set<string>());
  let depth = 0, last = "";
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE: {
        const end = endOfString(text, at);
        if (depth <= keys.length) last = text.slice(at, end + 1);
        at = end;
        break;
      }
      case COLON:
        if (depth <= keys.length) {
          const key = last.includes("\\") ? JSON.parse(last) as string : last.slice(1, -1);
          if (keys[depth - 1].has(key)) return key;
          keys[depth - 1].add(key);
        }
        break;
      case OPEN_OBJECT:
      case OPEN_LIST:
        keys[depth++]?.clear();
        break;
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        depth--;
    }
  }
}

/** Where the string that begins at `start` has its closing quote. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  for (let code = text.charCodeAt(at); code !== QUOTE; code = text.charCodeAt(at)) {
    at += code === BACKSLASH ? 2 : 1;
  }
  return at;
}
