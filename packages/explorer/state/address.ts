import type { Fields, FieldValue, Values } from "./fields.ts";

/** What an address says of some fields. */
export interface ReadAddress<F extends Fields> {
  readonly values: Values<F>;
  /** One line for everything in the address that no field can take: nothing is changed without a word. */
  readonly problems: readonly string[];
}

/** Takes the query of an address apart; fields that it does not name have their initial values. */
export function readAddress<F extends Fields>(query: URLSearchParams, fields: F): ReadAddress<F> {
  const values: Record<string, FieldValue> = {}, problems: string[] = [];
  for (const [name, field] of Object.entries(fields)) {
    const [text, ...others] = query.getAll(name);
    const value = text === undefined ? field.initial : field.parse(text);
    values[name] = value ?? field.initial;
    if (value === undefined) {
      problems.push(
        `Expected ${name} to be ${field.expected} but found “${shorten(text)}”; ${
          field.format(field.initial)
        } is shown`,
      );
    } else if (others.length > 0) {
      problems.push(`Expected ${name} once but found it ${others.length + 1} times; the first is shown`);
    }
  }
  for (const name of new Set(query.keys())) {
    if (!(name in fields)) {
      problems.push(`Expected ${Object.keys(fields).join(", ")} in the address but found “${shorten(name)}”`);
    }
  }
  return { values: values as Values<F>, problems };
}

/** The query that says these values, every one of them: an address means the same when initial values change. */
export function writeAddress<F extends Fields>(values: Values<F>, fields: F): string {
  const query = new URLSearchParams();
  for (const [name, field] of Object.entries(fields)) query.set(name, field.format(values[name]));
  return `?${query}`;
}

function shorten(text: string): string {
  const printable = text.replace(/[\p{C}\p{Z}]+/gu, " ");
  return printable.length > 40 ? `${printable.slice(0, 40)}…` : printable;
}
