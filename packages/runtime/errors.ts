import { printable, quoted, shortName } from "./printable.ts";

/**
 * Base of every error this project throws on purpose. The message is one line that says what was wrong and what was
 * expected, safe to print whatever names are in it; programs print it as it is, without a stack trace.
 */
export class GraphonLimitError extends Error {
  override name = "GraphonLimitError";

  constructor(message?: string, options?: ErrorOptions) {
    super(message === undefined ? message : printable(message), options);
  }
}

/** A value handed to a function is outside what it accepts: a wrong shape, range or name. */
export class InvalidArgumentError extends GraphonLimitError {
  override name = "InvalidArgumentError";
}

/** A file or byte stream is not what its format promises: truncated, mislabelled, inconsistent. */
export class FormatError extends GraphonLimitError {
  override name = "FormatError";
}

/** No device of the wanted kind answers. */
export class NoDeviceError extends GraphonLimitError {
  override name = "NoDeviceError";
}

/** The npm package of Dawn's cannot be loaded: it is not installed, or may not be. */
export class NoDawnError extends NoDeviceError {
  override name = "NoDawnError";
}

/** An allocation is larger than the device, its binding limit or its memory allows. */
export class OutOfDeviceMemoryError extends GraphonLimitError {
  override name = "OutOfDeviceMemoryError";
}

/** The device was lost or destroyed; nothing that was pending on it can finish. */
export class DeviceLostError extends GraphonLimitError {
  override name = "DeviceLostError";
}

/** The device rejected a shader, a pipeline or a command: a defect of this project, not of the user's input. */
export class DeviceOperationError extends GraphonLimitError {
  override name = "DeviceOperationError";
}

/** Shows `value` in a message, safe to print: strings quoted, long values cut. */
export function show(value: unknown): string {
  return typeof value === "string" ? quoted(value) : shortName(textOf(value));
}

/** A value that a caller without types may have made of anything. */
function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return "an object";
  }
}

/** Formats a byte count for a message: `381 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB"];
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = value >= 100 || Number.isInteger(value) ? 0 : 1;
  return `${value >= 1e6 ? value.toExponential(1) : value.toFixed(digits)} ${units[unit]}`;
}
