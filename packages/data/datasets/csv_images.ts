import { gunzip, isGzip } from "../archives/gunzip.ts";
import { formatFault } from "../messages/faults.ts";
import { quoted } from "../messages/printable.ts";

const SIDE = 28;
const PIXELS = SIDE * SIDE;
const LIMIT = 2 ** 31 - 1;

const NEWLINE = 0x0a, RETURN = 0x0d, COMMA = 0x2c, POINT = 0x2e, ZERO = 0x30, NINE = 0x39;
const SPACE = 0x20, QUOTE = 0x22, APOSTROPHE = 0x27;

/** What a column of classes is called. */
const LABEL_NAMES = /^["']?(label|class|target|y)["']?$/i;

/** Labelled images of 28 × 28 pixels from a table. */
export interface CsvImages {
  readonly pixels: Uint8Array<ArrayBuffer>;
  readonly labels: Uint8Array<ArrayBuffer>;
}

/**
 * Reads images from a table of comma-separated values, plain or gzip: a line for each, of its label and 784 pixels of 0 to
 * 255, with a line of headings or none. The label comes first, unless the headings say otherwise.
 *
 * @param source what error messages call the bytes: a file's name
 * @throws FormatError naming `source` and the line
 */
export function readCsvImages(bytes: Uint8Array<ArrayBuffer>, source: string): CsvImages {
  const text = isGzip(bytes) ? gunzip(bytes, source, LIMIT) : bytes;
  const firstEnd = endOfLine(text, 0);
  const first = new TextDecoder().decode(text.subarray(0, Math.min(firstEnd, 64 * 1024))).trim();
  const hasHeadings = /[a-z]/i.test(first);
  const columns = first.split(",");
  if (columns.length !== PIXELS + 1) {
    const advice = columns.length === PIXELS ? ", as without labels" : "";
    throw formatFault(source, `lines of a label and ${PIXELS} pixels`, `${columns.length} columns${advice}`);
  }
  const named = hasHeadings ? columns.findIndex((name) => LABEL_NAMES.test(name.trim())) : 0;
  const table = new CsvTable(text, source, hasHeadings ? firstEnd + 1 : 0, hasHeadings ? 2 : 1);
  return table.read(Math.max(named, 0));
}

function endOfLine(text: Uint8Array, start: number): number {
  const end = text.indexOf(NEWLINE, start);
  return end < 0 ? text.length : end;
}

/** Goes through the numbers of a table, byte by byte: it may be of a gigabyte. */
class CsvTable {
  readonly #text: Uint8Array;
  readonly #source: string;
  #at: number;
  #line: number;

  constructor(text: Uint8Array, source: string, start: number, line: number) {
    this.#text = text;
    this.#source = source;
    this.#at = start;
    this.#line = line;
  }

  /** @param labelColumn where the label is among the columns */
  read(labelColumn: number): CsvImages {
    const rows = this.#countRows();
    const pixels = new Uint8Array(rows * PIXELS), labels = new Uint8Array(rows);
    for (let row = 0, to = 0; row < rows; row++, this.#line++) {
      while (this.#isBlank()) this.#line++;
      for (let column = 0; column <= PIXELS; column++) {
        const value = this.#number(column === PIXELS ? NEWLINE : COMMA, column);
        if (column === labelColumn) labels[row] = value;
        else pixels[to++] = value;
      }
    }
    return { pixels, labels };
  }

  #countRows(): number {
    let rows = 0;
    for (let start = this.#at; start < this.#text.length;) {
      const end = endOfLine(this.#text, start);
      for (let at = start; at < end; at++) {
        if (this.#text[at] > SPACE) {
          rows++;
          break;
        }
      }
      start = end + 1;
    }
    return rows;
  }

  /** Passes over a line of nothing but spaces; whether there was one. */
  #isBlank(): boolean {
    let at = this.#at;
    while (this.#text[at] === SPACE || this.#text[at] === RETURN) at++;
    if (this.#text[at] !== NEWLINE) return false;
    this.#at = at + 1;
    return true;
  }

  /** The whole number that stands next, and what has to follow it: a comma, or the end of the line. */
  #number(before: number, column: number): number {
    const text = this.#text, start = this.#at;
    let at = this.#skip(start), value = 0, digits = 0;
    for (; text[at] >= ZERO && text[at] <= NINE; at++, digits++) value = 10 * value + text[at] - ZERO;
    // Some tables have whole numbers as 7.0.
    if (text[at] === POINT) { do at++; while (text[at] === ZERO); }
    at = this.#skip(at);
    const isEnd = before === NEWLINE ? at >= text.length || text[at] === NEWLINE : text[at] === before;
    if (digits === 0 || digits > 3 || value > 255 || !isEnd) throw this.#fault(start, column);
    this.#at = at + 1;
    return value;
  }

  #skip(from: number): number {
    let at = from;
    for (; at < this.#text.length; at++) {
      const byte = this.#text[at];
      if (byte !== SPACE && byte !== RETURN && byte !== QUOTE && byte !== APOSTROPHE) break;
    }
    return at;
  }

  #fault(start: number, column: number): Error {
    const end = Math.min(endOfLine(this.#text, start), start + 40);
    const shown = new TextDecoder().decode(this.#text.subarray(start, end));
    const cell = column < PIXELS ? shown.split(",")[0] : shown;
    return formatFault(
      this.#source,
      `a label and ${PIXELS} whole numbers of 0 to 255 in line ${this.#line}`,
      `${quoted(cell)} in column ${column + 1}`,
    );
  }
}
