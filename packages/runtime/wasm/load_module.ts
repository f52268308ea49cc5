import { InvalidArgumentError, show } from "../errors.ts";
import type { KernelModule, WasmBinary } from "../kernels.ts";

/** A function of an instance that does a part of a kernel's work. */
export type PartFunction = (part: number, ...values: number[]) => void;

/** A module of kernels that was found to be one, and its functions for the calling thread. */
export interface LoadedModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** In the order of the module's exports, by which the other threads know them. */
  readonly functions: ReadonlyMap<string, { readonly index: number; readonly call: PartFunction }>;
}

/**
 * Compiles a module of kernels over a memory, for the calling thread.
 *
 * @param scratch the address of memory of the thread's own
 * @throws {InvalidArgumentError} where it is no such module as `defineKernels` describes
 */
export function loadModule(
  { binaries, parameterCounts }: KernelModule,
  memory: WebAssembly.Memory,
  scratch: number,
): LoadedModule {
  const bytes = firstThatRuns(binaries);
  assertNoData(bytes);
  const module = new WebAssembly.Module(bytes);
  assertImports(module);
  const { exports } = instantiate(module, memory);
  const functions = new Map<string, { index: number; call: PartFunction }>();
  WebAssembly.Module.exports(module).forEach(({ name, kind }, index) => {
    if (kind === "function") functions.set(name, { index, call: exports[name] as PartFunction });
  });
  for (const name in parameterCounts) assertKernel(functions, name, parameterCounts[name]);
  functions.get(USE_SCRATCH)?.call(scratch);
  return { bytes, functions };
}

/** The function by which a thread tells a module where memory of the thread's own is. */
const USE_SCRATCH = "use_scratch";

function firstThatRuns(binaries: readonly WasmBinary[]): Uint8Array<ArrayBuffer> {
  const sizes: number[] = [];
  for (const binary of binaries) {
    const bytes = typeof binary === "string" ? decode(binary) : binary;
    if (WebAssembly.validate(bytes)) return bytes;
    sizes.push(bytes.length);
  }
  throw new InvalidArgumentError(
    `Expected kernels in WebAssembly that this engine can run but found ${
      sizes.join(" and ")
    } bytes that it cannot`,
  );
}

/** The bytes of base64 text: by a plain loop, which takes a tenth of the time of `Uint8Array.from`. */
function decode(base64: string): Uint8Array<ArrayBuffer> {
  let text: string;
  try {
    text = atob(base64);
  } catch {
    throw new InvalidArgumentError(`Expected a module of kernels in base64 but found ${show(base64)}`);
  }
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

const DATA_SECTION = 11;

/** Data would be written over whatever lies at its address in the memory that all modules share. */
function assertNoData(bytes: Uint8Array): void {
  // After the head of eight bytes, sections: a number, a size and so many bytes.
  for (let at = 8; at < bytes.length;) {
    const section = bytes[at++];
    let size = 0, shift = 0, byte: number;
    do {
      byte = bytes[at++];
      size |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte & 0x80);
    if (section === DATA_SECTION) {
      throw new InvalidArgumentError(
        `Expected kernels that have no data in memory but found a data section of ${size} bytes`,
      );
    }
    at += size;
  }
}

function assertImports(module: WebAssembly.Module): void {
  const imports = WebAssembly.Module.imports(module).map(({ module, name, kind }) =>
    `${kind} ${module}.${name}`
  );
  if (imports.length === 1 && imports[0] === "memory env.memory") return;
  throw new InvalidArgumentError(
    `Expected kernels that import memory env.memory alone but found imports of ${
      imports.join(", ") || "nothing"
    }`,
  );
}

function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): WebAssembly.Instance {
  try {
    return new WebAssembly.Instance(module, { env: { memory } });
  } catch (error) {
    const reason = String((error as Error)?.message ?? error).replace(/\s+/g, " ");
    throw new InvalidArgumentError(
      `Expected kernels that import env.memory as shared, of up to 65536 pages, but found: ${reason}`,
    );
  }
}

function assertKernel(functions: LoadedModule["functions"], name: string, parameters: number): void {
  const found = functions.get(name)?.call;
  if (!found) {
    const exported = [...functions.keys()].join(", ") || "none";
    throw new InvalidArgumentError(`Expected a kernel ${name} but found ${exported}`);
  }
  if (found.length !== parameters + 1) {
    throw new InvalidArgumentError(
      `Expected the kernel ${name} to take a part's number and ${parameters} more but found ${found.length} parameters`,
    );
  }
}
