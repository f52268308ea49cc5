import type { ElementType } from "./elements.ts";
import type { AnyOp, Size } from "./op.ts";

/** What is asked of an op's arguments at every launch, taken from its definition once. */
export interface Signature {
  /** In the order in which they are bound. */
  readonly bindings: readonly Binding[];
  /** How many symbols the stated shapes have. */
  readonly symbols: number;
}

/** A binding of an op, taken apart. */
export interface Binding {
  readonly name: string;
  readonly type: ElementType | "bits";
  readonly optional: boolean;
  readonly written: boolean;
  readonly panelled: boolean;
  /** What is stated of its shape, where the op states shapes. */
  readonly rows: Side | undefined;
  readonly cols: Side | undefined;
}

/** A stated size: what the symbol of that number stands for, or what a param says, or so many. All three in one form, for speed. */
export interface Side {
  /** −1 where it is no symbol. */
  readonly symbol: number;
  readonly param: string | undefined;
  readonly count: number;
}

const known = new WeakMap<AnyOp, Signature>();

/** The signature of an op. */
export function signatureOf(op: AnyOp): Signature {
  let signature = known.get(op);
  if (!signature) known.set(op, signature = read(op));
  return signature;
}

function read({ bindings, params, panelled, shapes }: AnyOp): Signature {
  const symbols: string[] = [];
  const sideOf = (size: Size): Side => {
    if (typeof size === "number") return { symbol: -1, param: undefined, count: size };
    if (size in params) return { symbol: -1, param: size, count: 0 };
    if (!symbols.includes(size)) symbols.push(size);
    return { symbol: symbols.indexOf(size), param: undefined, count: 0 };
  };
  const taken = Object.entries(bindings).map(([name, kind]) => {
    const stated = shapes?.[name];
    return {
      name,
      type: kind.match(/^\w+/)![0] as Binding["type"],
      optional: kind.endsWith("?"),
      written: kind.includes("out"),
      panelled: panelled.includes(name),
      rows: stated && sideOf(stated[0]),
      cols: stated && sideOf(stated[1]),
    };
  });
  return { bindings: taken, symbols: symbols.length };
}
