import { FormatError, InvalidArgumentError } from "@graphon-limit/runtime";
import { printable } from "./printable.ts";

/**
 * The error of bytes that are not what their format promises: `FILE: expected … but found …`, safe to print whatever the
 * file is called and holds.
 *
 * @param source the file, as messages call it
 */
export function formatFault(source: string, expected: string, found: string): FormatError {
  return new FormatError(faultLine(source, expected, found));
}

/** The error of a file that is sound but not what was asked for: a tensor it lacks, rows past its end. */
export function fileFault(source: string, expected: string, found: string): InvalidArgumentError {
  return new InvalidArgumentError(faultLine(source, expected, found));
}

/** The error of an argument that no file is behind: `Expected … but found …`. */
export function argumentFault(expected: string, found: string): InvalidArgumentError {
  return new InvalidArgumentError(printable(`Expected ${expected} but found ${found}`));
}

/** The line itself, for errors of other classes. */
export function faultLine(source: string, expected: string, found: string): string {
  return printable(`${source}: expected ${expected} but found ${found}`);
}
