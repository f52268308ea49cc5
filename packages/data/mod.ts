/**
 * Files as people have them: weights and masks in safetensors, NPZ, NPY and SciPy's sparse matrices, which tensor is what
 * and which layer follows which, batches, data sets of images; writing without leaving half a file. Typed arrays in, typed
 * arrays out, no device.
 *
 * @module
 */
export { type Dtype, type TensorArray } from "./containers/dtype.ts";
export { ForeignFormatError } from "./containers/foreign_formats.ts";
export { type NpyArray, type NpyWritable, parseNpy, serialiseNpy } from "./containers/npy.ts";
export { parseNpz, serialiseNpz } from "./containers/npz.ts";
export { openTensors, parseTensors } from "./containers/open_tensors.ts";
export {
  parseSafetensors,
  SafetensorsFile,
  serialiseSafetensors,
  type Tensor,
} from "./containers/safetensors.ts";
export { SafetensorsReader } from "./containers/safetensors_reader.ts";
export { SafetensorsWriter } from "./containers/safetensors_writer.ts";
export {
  type RowRange,
  type TensorInfo,
  TensorReader,
  type UnreadTensor,
} from "./containers/tensor_reader.ts";
export { balancedBatch, type Batch, type DrawnBatch, type Inputs } from "./datasets/batch.ts";
export { batchIn, inputsIn, type Noticed, readBatch, readInputs } from "./datasets/batch_file.ts";
export { DATA_HOSTS, DATASET_NAMES, type DatasetName, type Split } from "./datasets/catalogue.ts";
export { type ChannelStatistics, type Dataset, type Normalise } from "./datasets/dataset.ts";
export { digitBatch, type DigitOptions, generateDigits } from "./datasets/digits.ts";
export { datasetShape } from "./datasets/dataset_shape.ts";
export { DownloadError, type DownloadOptions, sha256 } from "./datasets/download.ts";
export { loadDataset } from "./datasets/load_dataset.ts";
export { type LoadOptions } from "./datasets/load_options.ts";
export { abortUnfinishedWrites, type AtomicFile, writeFileAtomically } from "./files/atomic_write.ts";
export { cacheFolder } from "./files/cache_folder.ts";
export { FileSet } from "./files/file_set.ts";
export { giveFiles, type GivenFile } from "./files/given_files.ts";
export { NoFileSystemError } from "./files/host_files.ts";
export { ioReason } from "./files/io_error.ts";
export { assertWritable, assertWritableFolder } from "./files/target.ts";
export { removeAbandoned } from "./files/temporary.ts";
export { watchWrites, type WriteWatcher } from "./files/unfinished.ts";
export { naturalCompare } from "./messages/natural_order.ts";
export { printable } from "./messages/printable.ts";
export {
  type ChainOrder,
  type LayoutOptions,
  orderChain,
  orientLayers,
  TransposedLayersError,
  UnknownOrderError,
} from "./networks/chain_order.ts";
export { type HiddenLayers, hiddenLayers } from "./networks/hidden_layers.ts";
export { convolutionFault, type NamedShape } from "./networks/layer_ends.ts";
export {
  type LayerMatrix,
  type LayerVector,
  type MaskMatrix,
  type WeightMatrix,
} from "./networks/layer_matrix.ts";
export { type Pairing, pairNames } from "./networks/pairing.ts";
export {
  type NetworkFiles,
  type NetworkInFiles,
  type NetworkLayer,
  type NetworkOptions,
  readNetwork,
} from "./networks/read_network.ts";
export {
  assignRoles,
  type FileRoles,
  type LayerTensors,
  type Stranger,
  UnknownTensorError,
  type Wanted,
} from "./networks/roles.ts";
export { countZeros, type ZeroCount, zerosNotice } from "./networks/zeros.ts";
