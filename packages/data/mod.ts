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
} from "./atomic_write.ts";
export * from "./batch.ts";
export { cacheFolder } from "./cache_folder.ts";
export { DATA_HOSTS, DATASET_NAMES, type DatasetName, type Split } from "./catalogue.ts";
export { type Dataset } from "./dataset.ts";
export { type DigitOptions, generateDigits } from "./digits.ts";
export { DownloadError, type DownloadOptions } from "./download.ts";
export { type Dtype, DTYPE_BYTES, type TensorArray } from "./dtype.ts";
export { NoFileSystemError } from "./file_system.ts";
export { type IdxArray, type IdxOptions, parseIdx, readIdx } from "./idx.ts";
export { loadDataset, type LoadOptions } from "./load_dataset.ts";
export * from "./matrices.ts";
export { naturalCompare } from "./natural_order.ts";
export { type NpyArray, type NpyWritable, parseNpy, serialiseNpy } from "./npy.ts";
export { parseNpz, serialiseNpz } from "./npz.ts";
export { parseSafetensors, SafetensorsFile, serialiseSafetensors, type Tensor } from "./safetensors.ts";
export { type TensorInfo } from "./safetensors_header.ts";
export { type ByteSource, type RowRange, SafetensorsReader } from "./safetensors_reader.ts";
export { SafetensorsWriter } from "./safetensors_writer.ts";
