import { wgsl } from "wgsl-preprocessor";
import { DeviceOperationError } from "./errors.ts";
import type { AnyOp, Tuning } from "./op.ts";

/** `rowDegree` → `row_degree`: TypeScript's spelling to WGSL's. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A field of the uniform, and what it is: a size of a binding, the panel's position, or a number of the launch. */
export interface UniformField {
  readonly name: string;
  readonly type: string;
  readonly of:
    | { readonly binding: string; readonly size: "rows" | "cols" | "wordsPerRow" }
    | { readonly position: "rowOffset" | "firstPanel" }
    | { readonly setting: string };
}

/** The uniform's fields, in order: sizes of the bindings present, the panel's position, the launch's numbers. */
export function uniformFields(op: AnyOp, present: readonly string[]): UniformField[] {
  const sizes = { rows: "rows", cols: "cols", words: "wordsPerRow" } as const;
  const fields: UniformField[] = present.flatMap((binding) =>
    (["rows", "cols", "words"] as const).map((size) => ({
      name: `${snakeCase(binding)}_${size}`,
      type: "u32",
      of: { binding, size: sizes[size] },
    }))
  );
  fields.push({ name: "row_offset", type: "u32", of: { position: "rowOffset" } });
  fields.push({ name: "first_panel", type: "u32", of: { position: "firstPanel" } });
  for (const setting in op.params) {
    fields.push({ name: snakeCase(setting), type: op.params[setting], of: { setting } });
  }
  return fields;
}

/** The whole WGSL module of an op for the bindings present, the options chosen and the tuning. */
export function composeShader(
  op: AnyOp,
  present: readonly string[],
  settings: Record<string, unknown>,
  tuning: Tuning,
): string {
  const fields = uniformFields(op, present).map(({ name, type }) => `  ${name}: ${type},`);
  const lines = ["struct Params {", ...fields, "}", "@group(0) @binding(0) var<uniform> params: Params;"];
  present.forEach((name, index) => {
    const kind: string = op.bindings[name];
    const access = kind.includes("out") ? "read_write" : "read";
    const scalar = kind.startsWith("bits") ? "u32" : kind.slice(0, 3);
    const element = tuning.vec4 && op.vec4.includes(name)
      ? `vec4<${scalar}>`
      : op.atomics.includes(name)
      ? `atomic<${scalar}>`
      : scalar;
    lines.push(
      `@group(0) @binding(${index + 1}) var<storage, ${access}> ${snakeCase(name)}: array<${element}>;`,
    );
  });

  const values: Record<string, unknown> = { ...tuning };
  for (const name in op.bindings) values[name] = present.includes(name);
  for (const name in op.options) {
    values[name] = settings[name];
    for (const value of op.options[name]) values[`${name}.${value}`] = settings[name] === value;
  }
  const source = typeof op.shader === "string" ? op.shader : op.shader.join("\n");
  return `${lines.join("\n")}\n${preprocess(source, values, op.name)}`;
}

/** Hands the text to `wgsl-preprocessor` as the template it expects, its `${name}` placeholders looked up in `values`. */
function preprocess(source: string, values: Record<string, unknown>, opName: string): string {
  const strings: string[] = [], substitutions: unknown[] = [];
  let position = 0;
  for (const match of source.matchAll(/\$\{\s*(!?)([\w.]+)\s*\}/g)) {
    const [whole, negation, name] = match;
    if (!(name in values)) {
      throw new DeviceOperationError(`Expected ${opName}'s shader to use known names but found ${whole}`);
    }
    strings.push(source.slice(position, match.index));
    substitutions.push(negation ? !values[name] : values[name]);
    position = match.index + whole.length;
  }
  strings.push(source.slice(position));
  // The preprocessor reads `.raw` of nothing: a plain array of strings serves as its template.
  return wgsl(strings as unknown as TemplateStringsArray, ...substitutions);
}
