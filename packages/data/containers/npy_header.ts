import { formatFault } from "../messages/faults.ts";
import { described, quoted } from "../messages/printable.ts";

/** What the header of an NPY file says. */
export interface NpyHeader {
  /** The element type and byte order: `<f4`, `|b1`, … */
  readonly descr: string;
  /** Whether the first index varies fastest. */
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

const TOKEN = /\s*(?:(?<text>'[^'\\]*'|"[^"\\]*")|(?<word>True|False)|(?<number>\d+)L?|(?<mark>[{}():,]))/y;

type Token =
  | { kind: "text"; value: string }
  | { kind: "word"; value: boolean }
  | { kind: "number"; value: number }
  | { kind: "mark"; value: string }
  | { kind: "end"; value: undefined };

/**
 * Parses the Python dictionary in an NPY header: exactly the keys `descr` (text), `fortran_order` (True or False) and
 * `shape` (a tuple of whole numbers), in any order. Anything else, structured element types among it, is refused.
 *
 * @param source what error messages call the file
 * @throws FormatError naming `source`
 */
export function parseNpyHeader(text: string, source: string): NpyHeader {
  const tokens = tokenise(text, source);
  let position = 0;
  const next = () => tokens[position++];
  const fault = (expected: string, found: Token): never => {
    throw formatFault(
      source,
      `${expected} in the NPY header`,
      found.kind === "end" ? "its end" : described(found.value),
    );
  };
  const expectMark = (mark: string) => {
    const token = next();
    if (token.kind !== "mark" || token.value !== mark) fault(`"${mark}"`, token);
  };
  const take = <K extends Token["kind"]>(kind: K, expected: string): Extract<Token, { kind: K }> => {
    const token = next();
    return token.kind === kind ? token as Extract<Token, { kind: K }> : fault(expected, token);
  };
  const tuple = (): number[] => {
    const sizes: number[] = [];
    expectMark("(");
    while (tokens[position].kind === "number") {
      sizes.push(take("number", "a size").value);
      if (tokens[position].value !== ",") {
        if (sizes.length === 1) fault(`"," (a tuple of one)`, tokens[position]);
        break;
      }
      expectMark(",");
    }
    expectMark(")");
    return sizes;
  };

  let descr: string | undefined, fortranOrder: boolean | undefined, shape: number[] | undefined;
  expectMark("{");
  while (tokens[position].kind === "text") {
    const key = take("text", "a key").value;
    expectMark(":");
    if (key === "descr" && descr === undefined) descr = take("text", "an element type").value;
    else if (key === "fortran_order" && fortranOrder === undefined) {
      fortranOrder = take("word", "True or False").value;
    } else if (key === "shape" && shape === undefined) shape = tuple();
    else {throw formatFault(
        source,
        "descr, fortran_order and shape once each in the NPY header",
        `the key ${quoted(key)}`,
      );}
    if (tokens[position].value !== ",") break;
    expectMark(",");
  }
  expectMark("}");
  take("end", "its end");
  if (descr === undefined || fortranOrder === undefined || shape === undefined) {
    const missing = Object.entries({ descr, fortran_order: fortranOrder, shape }).filter(([, value]) =>
      value === undefined
    );
    throw formatFault(
      source,
      "descr, fortran_order and shape in the NPY header",
      `no ${missing.map(([key]) => key).join(", no ")}`,
    );
  }
  return { descr, fortranOrder, shape };
}

function tokenise(text: string, source: string): Token[] {
  const body = text.trimEnd();
  const tokens: Token[] = [];
  const pattern = new RegExp(TOKEN);
  while (pattern.lastIndex < body.length) {
    const at = pattern.lastIndex;
    const groups = pattern.exec(body)?.groups;
    if (groups === undefined) {
      throw formatFault(source, "a Python dictionary in the NPY header", quoted(body.slice(at, at + 20)));
    }
    if (groups.text !== undefined) tokens.push({ kind: "text", value: groups.text.slice(1, -1) });
    else if (groups.word !== undefined) tokens.push({ kind: "word", value: groups.word === "True" });
    else if (groups.number !== undefined) tokens.push({ kind: "number", value: Number(groups.number) });
    else tokens.push({ kind: "mark", value: groups.mark });
  }
  tokens.push({ kind: "end", value: undefined });
  return tokens;
}

/** The dictionary for an array in C order, as NumPy writes it. */
export function formatNpyHeader(descr: string, shape: readonly number[]): string {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  return `{'descr': '${descr}', 'fortran_order': False, 'shape': (${sizes}), }`;
}
