/** The arguments of an op beside its first that it does the same with in one launch, in order: each may be left out, with those after it. */
export const OTHERS = ["second", "third", "fourth"] as const;

/** How many such arguments there are, the first included. */
export const TOGETHER = 1 + OTHERS.length;

/** Arguments by these names. */
type Others<T> = { readonly [K in typeof OTHERS[number]]?: T | undefined };

/** Those that are given. */
export function othersOf<T>(args: Others<T>): T[] {
  return OTHERS.flatMap((name) => args[name] ?? []);
}

/** That none is left out before one that is given. */
export const IN_ORDER = {
  says: "others in the order second, third, fourth",
  holds: ({ second, third, fourth }: Others<unknown>) =>
    Boolean(second || !third) && Boolean(third || !fourth),
};
