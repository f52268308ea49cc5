import { ioReason } from "@graphon-limit/data";
import { GraphonLimitError } from "@graphon-limit/runtime";

/** Standard output takes nothing more: a disk that is full, a device that is. */
export class OutputError extends GraphonLimitError {
  override name = "OutputError";
}

/** Prints what a command was asked for. @throws {OutputError} where standard output does not take it */
export function print(text: string): void {
  try {
    console.log(text);
  } catch (error) {
    throw new OutputError(`standard output: expected a file to write but found ${ioReason(error)}`);
  }
}
