import type { OpCase } from "./op_case.ts";

/** A realistic case of an op, what it is called and how much work it is: for benchmarks and for self-tests. */
export interface SampleCase extends OpCase {
  /** The sizes, as a table shows them: `128×1024 · 1024×1024`. */
  readonly size: string;
  /** Floating-point operations of one run, where these and not memory are what the op is about. */
  readonly flops?: number;
  /** Bytes of one run, where this is not each argument read or written once. */
  readonly bytes?: number;
}

/** The cases of an op at width `n`: one, or one for each way of running it that differs in speed. */
export type CasesAtWidth = (n: number) => readonly SampleCase[];

/** A case on n×n matrices, `what` said beside their size. */
export function onSquare(n: number, what: string, rest: Omit<SampleCase, "size">): SampleCase {
  return { size: `${n}×${n}${what && ` ${what}`}`, ...rest };
}
