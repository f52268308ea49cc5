import { InvalidArgumentError, show } from "./errors.ts";
import type { Implementation } from "./implementations.ts";
import type { FoundAdapter } from "./open_adapter.ts";

/** An implementation with its adapters' names. */
interface Listed {
  readonly implementation: Implementation;
  readonly names: readonly string[];
}

/**
 * The adapter that a number or a part of a name means, of each implementation that has it.
 *
 * @throws InvalidArgumentError where none has it, or it means several of one implementation's
 */
export async function chooseAdapters(
  wanted: string,
  implementations: readonly Implementation[],
): Promise<readonly (FoundAdapter | undefined)[]> {
  const listed: Listed[] = [];
  for (const implementation of implementations) {
    listed.push({ implementation, names: await implementation.names() });
  }
  if (listed.every(({ names }) => names.length === 0)) return [];
  const number = /^\d+$/.test(wanted);
  if (number && listed.filter(({ names }) => names.length > 0).length > 1) {
    throw new InvalidArgumentError(
      `Expected --backend with the adapter ${wanted}, since each counts its own: ${described(listed)}`,
    );
  }
  const matching = listed.map((each) => ({
    ...each,
    places: number ? numbered(wanted, each.names) : named(wanted, each.names),
  }));
  const several = matching.filter(({ places }) => places.length > 1);
  if (several.length > 0) {
    throw new InvalidArgumentError(
      `Expected one adapter called ${show(wanted)} but found several: ${described(several)}; ` +
        "say more of the name, or its number",
    );
  }
  const having = matching.filter(({ places }) => places.length === 1);
  if (having.length === 0) {
    throw new InvalidArgumentError(
      `Expected an adapter ${number ? "numbered" : "called"} ${show(wanted)} but found ${described(listed)}`,
    );
  }
  return await Promise.all(
    having.map(({ implementation, places: [place] }) => implementation.request(place)),
  );
}

/** The place of a number: itself, where there are so many. */
function numbered(wanted: string, names: readonly string[]): number[] {
  return Number(wanted) < names.length ? [Number(wanted)] : [];
}

/** The places of a name: of what is called just so, or else of what has it in its name. */
function named(wanted: string, names: readonly string[]): number[] {
  const sought = wanted.toLowerCase(), lower = names.map((name) => name.toLowerCase());
  const places = (fits: (name: string) => boolean) =>
    lower.flatMap((name, place) => fits(name) ? [place] : []);
  const same = places((name) => name === sought);
  return same.length > 0 ? same : places((name) => name.includes(sought));
}

/** `0 NVIDIA H100, 1 llvmpipe (Dawn)`, of each implementation. */
function described(listed: readonly Listed[]): string {
  const each = listed.map(({ implementation, names }) =>
    `${names.map((name, place) => `${place} ${name}`).join(", ") || "none"} (${implementation.label})`
  );
  return each.join("; ");
}
