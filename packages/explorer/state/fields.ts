/** What a field of the page's state may hold. */
export type FieldValue = string | number | boolean;

/** One value of the page's state: what it may be, and how the address writes it. */
export interface Field<T extends FieldValue> {
  /** Where the address says nothing. */
  readonly initial: T;
  /** What it may be, in words: `a whole number from 1 to 8`. */
  readonly expected: string;
  /** The value that a text of the address means; undefined where it means none. */
  parse(text: string): T | undefined;
  format(value: T): string;
}

/** The fields of a part of the page, by the names that the address has for them. */
export type Fields = Readonly<Record<string, Field<FieldValue>>>;

/** The values of fields. */
export type Values<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never;
};

/** A whole number between two. */
export function wholeField(
  { initial, low, high }: { readonly initial: number; readonly low: number; readonly high: number },
): Field<number> & { readonly low: number; readonly high: number } {
  return {
    ...{ initial, low, high, expected: `a whole number from ${low} to ${high}` },
    parse(text) {
      const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
      return value >= low && value <= high ? value : undefined;
    },
    format: String,
  };
}

/** A number between two, with so many decimals at the most. */
export function decimalField(
  { initial, low, high, decimals }: {
    readonly initial: number;
    readonly low: number;
    readonly high: number;
    readonly decimals: number;
  },
): Field<number> & { readonly low: number; readonly high: number } {
  const pattern = new RegExp(`^\\d{1,15}(\\.\\d{1,${decimals}})?$`);
  return {
    ...{ initial, low, high, expected: `a number from ${low} to ${high} with at most ${decimals} decimals` },
    parse(text) {
      const value = pattern.test(text) ? Number(text) : NaN;
      return value >= low && value <= high ? value : undefined;
    },
    format: (value) => String(Number(value.toFixed(decimals))),
  };
}

/** One of some names. */
export function choiceField<T extends string>(
  initial: T,
  choices: readonly T[],
): Field<T> & { readonly choices: readonly T[] } {
  return {
    ...{ initial, choices, expected: `one of ${choices.join(", ")}` },
    parse: (text) => choices.find((choice) => choice === text),
    format: (value) => value,
  };
}

/** A text that is not looked into, of so many characters at the most. */
export function textField(longest: number): Field<string> {
  return {
    ...{ initial: "", expected: `at most ${longest} characters` },
    parse: (text) => text.length <= longest ? text : undefined,
    format: (value) => value,
  };
}
