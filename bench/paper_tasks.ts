import type { Json, Task } from "@graphon-limit/study";

/** A task that was done: when it ended and how long it took, in seconds, what it asked for included. */
export interface Span {
  readonly sort: string;
  readonly end: number;
  readonly seconds: number;
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

/** The same with what other tasks took, that were asked for in between, taken off. In the order in which they ended. */
export function ownSeconds(spans: readonly Span[]): Span[] {
  const open: Span[] = [];
  return spans.map((span) => {
    let seconds = span.seconds;
    while (open.length > 0 && open[open.length - 1].end > span.end - span.seconds) {
      seconds -= open.pop()!.seconds;
    }
    open.push(span);
    return { ...span, seconds: Math.max(0, seconds) };
  });
}

/** NaN of nothing. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
