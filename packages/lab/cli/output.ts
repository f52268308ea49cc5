import { InvalidArgumentError } from "@graphon-limit/runtime";

/** Makes a folder for results, before the work that fills it: a run must not end by finding it cannot write. */
export function prepareFolder(path: string): void {
  try {
    Deno.mkdirSync(path, { recursive: true });
    const probe = Deno.makeTempFileSync({ dir: path, prefix: ".write-", suffix: ".tmp" });
    Deno.removeSync(probe);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/ \(os error.*/, "") : String(error);
    throw new InvalidArgumentError(`cannot write into ${path}: ${reason}`);
  }
}
