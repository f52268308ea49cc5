/**
 * Base of every error this project throws on purpose. The message is one line that says what was wrong and what was
 * expected; programs print it as it is, without a stack trace.
 */
export class GraphonLimitError extends Error {
  override name = "GraphonLimitError";
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

/** Shows `value` in an error message: strings quoted, long values cut. */
export function show(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** Formats a byte count for a message: `381 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = value >= 100 || Number.isInteger(value) ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}
