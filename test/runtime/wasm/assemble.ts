/** WebAssembly put together by hand, as far as kernels that are well made or badly made need it. */
export interface ModuleParts {
  /** Type of the memory imported as `env.memory`; none is where it is null. */
  readonly memory?: { shared?: boolean; maximum?: number } | null;
  /** Names of imported functions of module `env`. */
  readonly functions?: readonly string[];
  /** Exported functions, all of 32-bit integers and without result, by name. */
  readonly exports: Readonly<
    Record<string, { parameters: number; locals?: number; code: readonly number[] }>
  >;
  /** Whether there is one global, a 32-bit integer that may change. */
  readonly global?: boolean;
  /** Bytes put at address 0. */
  readonly data?: readonly number[];
}

/** Instructions by their names in the text format; what follows one is its immediate. */
export const OP = {
  unreachable: 0x00,
  block: [0x02, 0x40],
  loop: [0x03, 0x40],
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  localGet: 0x20,
  localSet: 0x21,
  globalGet: 0x23,
  globalSet: 0x24,
  i32Load: [0x28, 2, 0],
  i32Store: [0x36, 2, 0],
  i32Const: 0x41,
  i32GeU: 0x4f,
  i32Add: 0x6a,
  i32Mul: 0x6c,
  i32Shl: 0x74,
} as const;

const I32 = 0x7f;

/** The bytes of a module. */
export function assemble(
  { memory = {}, functions = [], exports, global, data }: ModuleParts,
): Uint8Array<ArrayBuffer> {
  const own = Object.entries(exports);
  const types = [
    [0x60, 0, 0],
    ...own.map(([, { parameters }]) => [0x60, ...list(Array(parameters).fill([I32])), 0]),
  ];
  const imports = functions.map((name) => [...text("env"), ...text(name), 0, 0]);
  if (memory) {
    const { shared = true, maximum = 65536 } = memory;
    imports.push([...text("env"), ...text("memory"), 2, shared ? 3 : 1, ...leb(1), ...leb(maximum)]);
  }
  const bodies = own.map(([, { locals = 0, code }]) => {
    const body = [...(locals > 0 ? [1, locals, I32] : [0]), ...code, OP.end];
    return [...leb(body.length), ...body];
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, list(types)),
    ...section(2, list(imports)),
    ...section(3, list(own.map((_, index) => [index + 1]))),
    ...(global ? section(6, list([[I32, 1, OP.i32Const, 0, OP.end]])) : []),
    ...section(7, list(own.map(([name], index) => [...text(name), 0, functions.length + index]))),
    ...section(10, list(bodies)),
    ...(data ? section(11, list([[0, OP.i32Const, 0, OP.end, ...leb(data.length), ...data]])) : []),
  ]);
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...leb(content.length), ...content];
}

function list(items: readonly (readonly number[])[]): number[] {
  return [...leb(items.length), ...items.flat()];
}

function text(value: string): number[] {
  return [...leb(value.length), ...new TextEncoder().encode(value)];
}

function leb(value: number): number[] {
  return value < 128 ? [value] : [value % 128 + 128, ...leb(Math.floor(value / 128))];
}
