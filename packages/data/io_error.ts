import { InvalidArgumentError } from "@graphon-limit/runtime";

/** The reason a system call failed, in a few words: `permission denied`, `no such file or directory`, … */
export function ioReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return ioReason(error.cause);
  const firstLine = error.message.split("\n")[0];
  const reason = /^(.*?) \(os error \d+\)/.exec(firstLine)?.[1] ?? firstLine;
  if (reason === "") return error.name;
  return reason[0].toLowerCase() + reason.slice(1);
}

/** The error of a path that could not be read: `cannot read masks.safetensors: no such file or directory`. */
export function cannotRead(path: string, error: unknown): InvalidArgumentError {
  return new InvalidArgumentError(`cannot read ${path}: ${ioReason(error)}`);
}

/** The error of a path that could not be written: `cannot write out/masks.safetensors: permission denied`. */
export function cannotWrite(path: string, error: unknown): InvalidArgumentError {
  return new InvalidArgumentError(`cannot write ${path}: ${ioReason(error)}`);
}

/** Reads a whole file; undefined where there is none. @throws InvalidArgumentError where it cannot be read */
export async function readIfPresent(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw cannotRead(path, error);
  }
}
