/**
 * How things are run: devices, memory, launching, random numbers. Knows nothing about networks.
 *
 * @module
 */
export * from "./bits.ts";
export { type Device, type DeviceInfo, type Subgroups } from "./device.ts";
export * from "./errors.ts";
export { GeneratedMatrix } from "./generated_matrix.ts";
export {
  assertCount,
  BitMatrix,
  DeviceArray,
  type ElementArray,
  type ElementType,
  Matrix,
  type Panel,
  type Storage,
  wordsPerBitRow,
} from "./matrix.ts";
export * from "./long_call.ts";
export * from "./memory_size.ts";
export * from "./op.ts";
export * from "./open_device.ts";
export * from "./philox.ts";
export { composeShader } from "./shader.ts";
