import { type HuffmanCode, huffmanCode } from "./huffman.ts";

/** Where a match may reach back to, RFC 1951's window. */
const WINDOW_BYTES = 32 * 1024;

/** Output handed out at a time, about. */
const PIECE_BYTES = 64 * 1024;

const LONGEST_MATCH = 258;

/** Bases and extra bits of match lengths (symbols 257 to 285) and distances, RFC 1951 3.2.5. */
const LENGTHS = basesOf(
  [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5],
  3,
);
const DISTANCES = basesOf(
  [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13],
  1,
);
// The longest match has a symbol of its own, without extra bits.
LENGTHS.bases.push(LONGEST_MATCH);
LENGTHS.extraBits.push(0);

/** The order in which the lengths of the code-length code are stored, 3.2.7. */
const CODE_LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

const FIXED_LITERALS = Uint8Array.from(
  { length: 288 },
  (_, symbol) => symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8,
);
const FIXED_DISTANCES = new Uint8Array(30).fill(5);

interface BlockCodes {
  readonly literals: HuffmanCode;
  readonly distances: HuffmanCode;
}

type State = "header" | "stored" | "codes" | "done";

/** Memory for an inflater that gives its output in pieces of about so many bytes. */
export function workingMemory(pieceBytes = PIECE_BYTES): Uint8Array<ArrayBuffer> {
  return new Uint8Array(WINDOW_BYTES + pieceBytes + LONGEST_MATCH);
}

/**
 * Decompresses deflate data (RFC 1951) piece by piece, in memory that does not grow with them. Hosts have a decompressor
 * of their own, but none that says where the data end, which files of several gzip members need, and none that a
 * synchronous reader of rows could ask for the next piece.
 */
export class Inflater {
  readonly #pull: () => Uint8Array | undefined;
  readonly #fault: () => Error;
  /** The window, then the piece in the making. */
  readonly #output: Uint8Array<ArrayBuffer>;
  /** Bytes of output so far that a match may reach back to, at most the window. */
  #history = 0;
  #position = WINDOW_BYTES;
  #input: Uint8Array = new Uint8Array();
  #at = 0;
  /** Bits read but not used yet, the next one lowest. */
  #hold = 0;
  #held = 0;
  #state: State = "header";
  #last = false;
  #storedLeft = 0;
  #codes: BlockCodes | undefined;

  /**
   * @param pull the next bytes of input; undefined at their end
   * @param fault makes the error of data that are damaged or cut short
   * @param memory of {@linkcode workingMemory}, which inflaters may use one after another
   */
  constructor(
    pull: () => Uint8Array | undefined,
    fault: () => Error,
    memory = workingMemory(),
  ) {
    this.#pull = pull;
    this.#fault = fault;
    this.#output = memory;
  }

  /** The next piece of output, which the call after overwrites; undefined at the end. */
  next(): Uint8Array<ArrayBuffer> | undefined {
    this.#slide();
    const full = this.#output.length - LONGEST_MATCH;
    while (this.#position < full && this.#state !== "done") {
      if (this.#state === "header") this.#beginBlock();
      else if (this.#state === "stored") this.#copyStored(full);
      else this.#decode(full);
    }
    return this.#position > WINDOW_BYTES ? this.#output.subarray(WINDOW_BYTES, this.#position) : undefined;
  }

  /** What was pulled beyond the end of the data, once {@linkcode next} has said that they ended. */
  get rest(): Uint8Array {
    return this.#input.subarray(this.#at - (this.#held >> 3));
  }

  /** Moves the end of the last piece to where matches of the next one look for it. */
  #slide(): void {
    const made = this.#position - WINDOW_BYTES;
    this.#history = Math.min(this.#history + made, WINDOW_BYTES);
    this.#output.copyWithin(
      WINDOW_BYTES - this.#history,
      this.#position - this.#history,
      this.#position,
    );
    this.#position = WINDOW_BYTES;
  }

  #beginBlock(): void {
    if (this.#last) {
      this.#state = "done";
      return;
    }
    this.#last = this.#bits(1) === 1;
    const type = this.#bits(2);
    if (type === 0) this.#beginStored();
    else if (type === 3) throw this.#fault();
    else {
      this.#codes = type === 1 ? fixedCodes() : this.#readCodes();
      this.#state = "codes";
    }
  }

  #beginStored(): void {
    this.#bits(this.#held & 7);
    const length = this.#bits(16), complement = this.#bits(16);
    if (length !== (~complement & 0xffff)) throw this.#fault();
    this.#storedLeft = length;
    this.#state = "stored";
  }

  #copyStored(full: number): void {
    while (this.#storedLeft > 0 && this.#position < full) {
      if (this.#held > 0) {
        this.#output[this.#position++] = this.#bits(8);
        this.#storedLeft--;
        continue;
      }
      this.#refill();
      const count = Math.min(this.#storedLeft, full - this.#position, this.#input.length - this.#at);
      this.#output.set(this.#input.subarray(this.#at, this.#at + count), this.#position);
      this.#at += count;
      this.#position += count;
      this.#storedLeft -= count;
    }
    if (this.#storedLeft === 0) this.#state = "header";
  }

  #decode(full: number): void {
    const { literals, distances } = this.#codes as BlockCodes;
    const output = this.#output;
    while (this.#position < full) {
      const symbol = this.#symbol(literals);
      if (symbol < 256) {
        output[this.#position++] = symbol;
        continue;
      }
      if (symbol === 256) {
        this.#state = "header";
        return;
      }
      const length = this.#extended(LENGTHS, symbol - 257);
      const distance = this.#extended(DISTANCES, this.#symbol(distances));
      const to = this.#position, from = to - distance;
      if (from < WINDOW_BYTES - this.#history) throw this.#fault();
      // Byte by byte, for a match may overlap what it makes.
      for (let i = 0; i < length; i++) output[to + i] = output[from + i];
      this.#position = to + length;
    }
  }

  #extended({ bases, extraBits }: typeof LENGTHS, index: number): number {
    if (index >= bases.length) throw this.#fault();
    return bases[index] + this.#bits(extraBits[index]);
  }

  #symbol({ table, bits }: HuffmanCode): number {
    while (this.#held < bits) {
      if (this.#at === this.#input.length && !this.#pullMore()) break;
      this.#hold |= this.#input[this.#at++] << this.#held;
      this.#held += 8;
    }
    const entry = table[this.#hold & ((1 << bits) - 1)], length = entry & 15;
    if (length === 0 || length > this.#held) throw this.#fault();
    this.#hold >>>= length;
    this.#held -= length;
    return entry >> 4;
  }

  #bits(count: number): number {
    while (this.#held < count) {
      this.#refill();
      this.#hold |= this.#input[this.#at++] << this.#held;
      this.#held += 8;
    }
    const value = this.#hold & ((1 << count) - 1);
    this.#hold >>>= count;
    this.#held -= count;
    return value;
  }

  #refill(): void {
    if (this.#at === this.#input.length && !this.#pullMore()) throw this.#fault();
  }

  #pullMore(): boolean {
    for (let piece = this.#pull(); piece !== undefined; piece = this.#pull()) {
      if (piece.length === 0) continue;
      // The bits still held were bytes of the old piece, which `rest` may have to give back.
      const held = this.#input.subarray(this.#at - (this.#held >> 3), this.#at);
      this.#input = held.length === 0 ? piece : joined(held, piece);
      this.#at = held.length;
      return true;
    }
    return false;
  }

  /** Reads the codes of a dynamic block, 3.2.7. */
  #readCodes(): BlockCodes {
    const literalCount = this.#bits(5) + 257, distanceCount = this.#bits(5) + 1;
    const codeLengths = new Uint8Array(CODE_LENGTH_ORDER.length);
    const stored = this.#bits(4) + 4;
    for (let i = 0; i < stored; i++) codeLengths[CODE_LENGTH_ORDER[i]] = this.#bits(3);
    const lengthCode = this.#code(codeLengths);
    const lengths = new Uint8Array(literalCount + distanceCount);
    for (let i = 0; i < lengths.length;) {
      const symbol = this.#symbol(lengthCode);
      if (symbol < 16) {
        lengths[i++] = symbol;
        continue;
      }
      if (symbol === 16 && i === 0) throw this.#fault();
      const repeated = symbol === 16 ? lengths[i - 1] : 0;
      const times = symbol === 16
        ? 3 + this.#bits(2)
        : symbol === 17
        ? 3 + this.#bits(3)
        : 11 + this.#bits(7);
      if (i + times > lengths.length) throw this.#fault();
      lengths.fill(repeated, i, i += times);
    }
    if (lengths[256] === 0) throw this.#fault();
    return {
      literals: this.#code(lengths.subarray(0, literalCount)),
      distances: this.#code(lengths.subarray(literalCount)),
    };
  }

  #code(lengths: Uint8Array): HuffmanCode {
    const code = huffmanCode(lengths);
    if (code === undefined) throw this.#fault();
    return code;
  }
}

function basesOf(extraBits: number[], first: number): { bases: number[]; extraBits: number[] } {
  let base = first;
  return { bases: extraBits.map((bits) => (base += 1 << bits) - (1 << bits)), extraBits };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

let fixed: BlockCodes | undefined;

function fixedCodes(): BlockCodes {
  return fixed ??= {
    literals: huffmanCode(FIXED_LITERALS) as HuffmanCode,
    distances: huffmanCode(FIXED_DISTANCES) as HuffmanCode,
  };
}
