import type { Shape } from "@graphon-limit/runtime";

/** Params of attention's products: how many heads and tokens, a factor, and whether the product is added to what is there. */
export const HEAD_PARAMS = { heads: "u32", tokens: "u32", scale: "f32", accumulate: "u32" } as const;

/** The numbers of attention's products. */
export type HeadSettings = { readonly [K in keyof typeof HEAD_PARAMS]: number };

/** What {@linkcode areHeadsOf} asks, in the words of an error. */
export const HEADS_SAY =
  "rows that the heads share, and columns of whole samples of tokens, those of the longest argument in out";

/**
 * Whether the rows of channels fall into heads, those of weights into heads of tokens, and all columns into samples, of which each
 * argument has as many as `out` or so many times fewer, to be gone through again and again.
 */
export function areHeadsOf(
  { channels, weights, out }: {
    readonly channels: readonly Shape[];
    readonly weights: readonly Shape[];
    readonly out: Shape;
  },
  { heads, tokens }: HeadSettings,
): boolean {
  if (heads < 1 || tokens < 1) return false;
  const all = [...channels, ...weights], given = all.filter((shape) => shape !== out);
  const repeats = ({ cols }: Shape) => cols === 0 ? out.cols === 0 : out.cols % cols === 0;
  return channels.every(({ rows }) => rows === channels[0].rows && rows % heads === 0) &&
    weights.every(({ rows }) => rows === heads * tokens) &&
    all.every(({ cols }) => cols % tokens === 0) && given.every(repeats) &&
    Math.max(...given.map(({ cols }) => cols)) === out.cols;
}

/** Calls `visit` for each head and sample, with the first row of channels and of weights, and the sample's first column. */
export function visitHeads(
  { rows, cols }: Shape,
  { heads, tokens }: HeadSettings,
  visit: (firstChannel: number, channels: number, firstWeight: number, column: number) => void,
): void {
  const channels = rows / heads;
  for (let head = 0; head < heads; head++) {
    for (let column = 0; column < cols; column += tokens) {
      visit(head * channels, channels, head * tokens, column);
    }
  }
}
