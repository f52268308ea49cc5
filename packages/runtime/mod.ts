/**
 * How things are run: devices, memory, launching, random numbers. Knows nothing about networks.
 *
 * @module
 */
export * from "./bits.ts";
export {
  type Calibration,
  type CalibrationStore,
  type ChosenDevice,
  type SampleJob,
  setSampleJob,
} from "./choose_device.ts";
export { countingDevice } from "./counting_device.ts";
export type { Arguments, Device } from "./device.ts";
export type { Backend, DeviceInfo, Subgroups } from "./device_info.ts";
export type { ElementArray, ElementType, HostArray, Shape, View } from "./elements.ts";
export * from "./errors.ts";
export { nextTurn } from "./next_turn.ts";
export { GeneratedMatrix } from "./generated_matrix.ts";
export * from "./host_kernels.ts";
export * from "./kernels.ts";
export {
  assertCount,
  BitMatrix,
  DeviceArray,
  Matrix,
  type Panel,
  type Storage,
  wordsPerBitRow,
} from "./matrix.ts";
export * from "./long_call.ts";
export * from "./memory_size.ts";
export * from "./op.ts";
export {
  type AdapterList,
  BACKEND_KINDS,
  type BackendKind,
  chooseDevice,
  DEVICE_KINDS,
  type DeviceKind,
  listAdapters,
  openDevice,
  type OpenDeviceOptions,
} from "./open_device.ts";
export {
  deriveSeed,
  elementBlock,
  normalsFromBits,
  RandomSequence,
  type Seed,
  seedFrom,
  STREAM,
  uniformFromBits,
} from "./philox.ts";
export { printable, printableJson, printableLines, shortName } from "./printable.ts";
