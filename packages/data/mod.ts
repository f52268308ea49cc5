/**
 * Data sets and files: MNIST, Fashion-MNIST, CIFAR-10 and generated digits; IDX, NPY, NPZ and safetensors; writing
 * without leaving half a file. Typed arrays in, typed arrays out, no device.
 *
 * @module
 */
export {
  abortUnfinishedWrites,
  AtomicFile,
  observeUnfinishedWrites,
  openAtomicFile,
  writeFileAtomically,
} from "./files/atomic_write.ts";
export * from "./datasets/batch.ts";
export { cacheFolder } from "./files/cache_folder.ts";
export { DATA_HOSTS, DATASET_NAMES, type DatasetName, type Split } from "./datasets/catalogue.ts";
export { type Dataset } from "./datasets/dataset.ts";
export { type DigitOptions, generateDigits } from "./datasets/digits.ts";
export { DownloadError, type DownloadOptions } from "./datasets/download.ts";
export { type Dtype, DTYPE_BYTES, type TensorArray } from "./containers/dtype.ts";
export { NoFileSystemError } from "./files/file_system.ts";
export { type IdxArray, type IdxOptions, parseIdx, readIdx } from "./datasets/idx.ts";
export { loadDataset, type LoadOptions } from "./datasets/load_dataset.ts";
export * from "./networks/matrices.ts";
export { naturalCompare } from "./messages/natural_order.ts";
export { type NpyArray, type NpyWritable, parseNpy, serialiseNpy } from "./containers/npy.ts";
export { parseNpz, serialiseNpz } from "./containers/npz.ts";
export {
  parseSafetensors,
  SafetensorsFile,
  serialiseSafetensors,
  type Tensor,
} from "./containers/safetensors.ts";
export { type TensorInfo } from "./containers/safetensors_header.ts";
export { type ByteSource, type RowRange, SafetensorsReader } from "./containers/safetensors_reader.ts";
export { SafetensorsWriter } from "./containers/safetensors_writer.ts";
