import { printable, show } from "@graphon-limit/runtime";

export { printable };

/** A name in quotes, safe to print and cut where it is long: `"layers.0.weight"`. */
export const quoted: (name: string) => string = show;

/** Names in quotes, at most `most` of them, then how many more there are: `"a", "b" and 3 more`. */
export function listed(names: readonly string[], most = 8): string {
  const shown = names.slice(0, most).map(quoted).join(", ");
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

/** A value that came from outside, such as a field of a JSON header, in a few words whatever it is. */
export function described(value: unknown): string {
  switch (typeof value) {
    case "string":
      return quoted(value);
    case "undefined":
      return "none";
    case "object":
      return value === null ? "null" : Array.isArray(value) ? "a list" : "an object";
    default:
      return String(value);
  }
}
