import type { Json, Task } from "@graphon-limit/study";

/** A task that was done: when it ended and how long it took, in seconds, what it asked for included. */
export interface Span {
  readonly sort: string;
  readonly end: number;
  readonly seconds: number;
  /** Launches, waits, and the seconds in which the host did not wait. */
  readonly launches: number;
  readonly waits: number;
  readonly host: number;
}

/** Tasks of one sort take about as long: one kind, method and width, where its parameters have these. */
export function sortOf({ kind, params }: Task): string {
  const [width, method] = ["width", "method"].map((name) => valueNamed(params, name));
  return [kind, method, width !== undefined && `width ${width}`].filter((word) => word).join(", ");
}

/** The first value of that name, however deep. */
function valueNamed(value: Json, name: string): Json | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (!Array.isArray(value) && name in value) return (value as { readonly [name: string]: Json })[name];
  for (const inner of Object.values(value)) {
    const found = valueNamed(inner, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What a task takes of, and tasks inside it too. */
const PARTS = ["seconds", "launches", "waits", "host"] as const;

/** The same with what other tasks took, that were asked for in between, taken off. In the order in which they ended. */
export function ownSeconds(spans: readonly Span[]): Span[] {
  const open: Span[] = [];
  return spans.map((span) => {
    const own = { ...span };
    while (open.length > 0 && open[open.length - 1].end > span.end - span.seconds) {
      const inner = open.pop()!;
      for (const part of PARTS) own[part] = Math.max(0, own[part] - inner[part]);
    }
    open.push(span);
    return own;
  });
}

/** NaN of nothing. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
