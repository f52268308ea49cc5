import { FormatError } from "@graphon-limit/runtime";
import type { ZipEntry } from "../archives/zip_directory.ts";
import { faultLine } from "../messages/faults.ts";
import { printable } from "../messages/printable.ts";

/**
 * A file of a format that is not read here, recognised by its first bytes: the message says what it is and how to convert
 * it.
 */
export class ForeignFormatError extends FormatError {
  override name = "ForeignFormatError";
  /** What the file is: `an HDF5 file (Keras, h5py)`. */
  readonly format: string;
  /** Two lines of Python that write its tensors as NPZ; none where something else helps. */
  readonly python: readonly string[];

  /** @param expected what was to be there */
  constructor(
    source: string,
    { format, remedy, python = [] }: ForeignFormat,
    expected = "a safetensors, NPZ or NPY file",
  ) {
    const advice = python.length > 0
      ? `; in Python: ${python.join("; ")}`
      : remedy === undefined
      ? ""
      : `; ${remedy}`;
    super(faultLine(source, expected, `${format}${printable(advice)}`));
    this.format = format;
    this.python = python;
  }
}

/** A format that is not read, and what to do about it. */
export interface ForeignFormat {
  readonly format: string;
  readonly remedy?: string;
  readonly python?: readonly string[];
}

/** The bytes of a file that tell its format. */
export interface FileStart {
  /** Its first bytes, some hundreds. */
  readonly start: Uint8Array;
  /** Its last eight. */
  readonly end: Uint8Array;
  readonly source: string;
}

/** A file's name in Python, and that of the NPZ file to write. */
interface PythonNames {
  readonly from: string;
  readonly to: string;
}

interface Signature {
  readonly format: string;
  readonly matches: (file: FileStart) => boolean;
  readonly remedy?: string;
  readonly python?: (names: PythonNames) => readonly [string, string];
}

function begins(...bytes: number[]): Signature["matches"] {
  return ({ start }) => bytes.every((byte, index) => start[index] === byte);
}

function beginsWith(pattern: RegExp): Signature["matches"] {
  return ({ start }) => pattern.test(String.fromCharCode(...start.subarray(0, 200)));
}

function anyOf(...tests: Signature["matches"][]): Signature["matches"] {
  return (file) => tests.some((test) => test(file));
}

/** The lines for a PyTorch file: a state dictionary, or a checkpoint with one in it. */
const PYTORCH: NonNullable<Signature["python"]> = ({ from, to }) => [
  `import numpy, torch; d = torch.load(${from}, map_location="cpu"); d = d.get("state_dict", d)`,
  `numpy.savez(${to}, **{k: v.float().numpy() for k, v in d.items() if torch.is_tensor(v)})`,
];

/** The number that `torch.save` began with before it wrote ZIP archives, pickled: 0x1950a86a20f9469cfc6c. */
const LEGACY_TORCH = begins(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19);

const SIGNATURES: readonly Signature[] = [
  { format: "an empty file", matches: ({ start }) => start.length === 0 },
  {
    format: "a Git LFS pointer, which stands for the file",
    matches: beginsWith(/^version https:\/\/git-lfs\./),
    remedy: "git lfs pull fetches the file itself",
  },
  { format: "a PyTorch file (torch.save, before version 1.6)", matches: LEGACY_TORCH, python: PYTORCH },
  {
    format: "a Python pickle",
    // Protocols 2 to 5 begin with their number, 0 and 1 with a dictionary, a list or a class by name.
    matches: anyOf(
      ({ start }) => start[0] === 0x80 && start[1] >= 2 && start[1] <= 5,
      beginsWith(/^(\(dp|\(lp|c[a-z_.]+\n)/),
    ),
    python: ({ from, to }) => [
      `import numpy, pickle; d = pickle.load(open(${from}, "rb"))`,
      `numpy.savez(${to}, **{k: numpy.asarray(v) for k, v in d.items()})`,
    ],
  },
  {
    format: "an HDF5 file (Keras, h5py)",
    matches: begins(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a),
    python: ({ from, to }) => [
      `import h5py, numpy; d = {}; f = h5py.File(${from})`,
      `f.visititems(lambda n, o: d.update({n: o[()]}) if hasattr(o, "shape") else None); numpy.savez(${to}, **d)`,
    ],
  },
  {
    format: "a GGUF file (llama.cpp)",
    matches: beginsWith(/^GGUF/),
    python: ({ from, to }) => [
      "import numpy; from gguf import GGUFReader; from gguf.quants import dequantize",
      `numpy.savez(${to}, **{t.name: dequantize(t.data, t.tensor_type) for t in GGUFReader(${from}).tensors})`,
    ],
  },
  {
    format: "a TensorFlow Lite model",
    matches: ({ start }) => String.fromCharCode(...start.subarray(4, 8)) === "TFL3",
    remedy: "export the weights from the model it was made of",
  },
  {
    format: "an ONNX model",
    // A protocol buffer: the version of the format, then the program that wrote it or the graph.
    matches: ({ start }) =>
      start[0] === 8 && start[1] > 0 && start[1] < 32 && [0x12, 0x1a, 0x3a, 0x42].includes(start[2]),
    python: ({ from, to }) => [
      `import numpy, onnx; from onnx.numpy_helper import to_array; m = onnx.load(${from})`,
      `numpy.savez(${to}, **{t.name: to_array(t) for t in m.graph.initializer})`,
    ],
  },
  {
    format: "the index of a TensorFlow checkpoint",
    matches: ({ end }) => LEVEL_DB_END.every((byte, index) => end[index] === byte),
    python: ({ from, to }) => [
      `import numpy, tensorflow; r = tensorflow.train.load_checkpoint(${from.replace(/\.index"$/, '"')})`,
      `numpy.savez(${to}, **{n: r.get_tensor(n) for n in r.get_variable_to_shape_map()})`,
    ],
  },
  {
    format: "the list of TensorFlow's checkpoints",
    matches: beginsWith(/^model_checkpoint_path:/),
    remedy: "name the .index file beside it to see how to convert it",
  },
  {
    format: "a MessagePack file (Flax)",
    // A map, then a string, its first key.
    matches: ({ start: [first, second, third, fourth] }) =>
      (first > 0x80 && first <= 0x8f && isText(second)) ||
      (first === 0xde && third !== undefined && isText(fourth)),
    python: ({ from, to }) => [
      "import numpy; from flax.serialization import msgpack_restore; from flax.traverse_util import flatten_dict",
      `numpy.savez(${to}, **flatten_dict(msgpack_restore(open(${from}, "rb").read()), sep="/"))`,
    ],
  },
  {
    format: "a MATLAB file",
    matches: beginsWith(/^MATLAB 5\.0 MAT-file/),
    python: ({ from, to }) => [
      `import numpy, scipy.io; d = scipy.io.loadmat(${from})`,
      `numpy.savez(${to}, **{k: v for k, v in d.items() if k[0] != "_"})`,
    ],
  },
  {
    format: "an HTML page",
    matches: beginsWith(/^\s*<(!doctype html|html)/i),
    remedy: "download the file again",
  },
  { format: "an XML file", matches: beginsWith(/^\s*<\?xml/i), remedy: "download the file again" },
  {
    format: "a JSON file",
    matches: beginsWith(/^\s*[{[]\s*("|\{|\[|\]|\}|\d)/),
    remedy: "name the file with the tensors",
  },
  { format: "a gzip file", matches: begins(0x1f, 0x8b), remedy: "gunzip it first" },
  { format: "a bzip2 file", matches: beginsWith(/^BZh\d/), remedy: "bunzip2 it first" },
  { format: "an XZ file", matches: begins(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0), remedy: "unxz it first" },
  { format: "a Zstandard file", matches: begins(0x28, 0xb5, 0x2f, 0xfd), remedy: "unzstd it first" },
  { format: "a 7z archive", matches: begins(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c), remedy: "unpack it first" },
  { format: "a RAR archive", matches: beginsWith(/^Rar!/), remedy: "unpack it first" },
  {
    format: "a tar archive",
    matches: ({ start }) => String.fromCharCode(...start.subarray(257, 262)) === "ustar",
    remedy: "unpack it first",
  },
  { format: "a Parquet file", matches: beginsWith(/^PAR1/), remedy: "save the arrays by numpy.savez" },
  { format: "an Arrow file", matches: beginsWith(/^ARROW1/), remedy: "save the arrays by numpy.savez" },
];

/** How LevelDB's tables end, of which the index of a checkpoint is one. */
const LEVEL_DB_END = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];

/** Whether a byte of MessagePack begins a string. */
function isText(byte: number | undefined): boolean {
  return byte !== undefined && ((byte >= 0xa0 && byte <= 0xbf) || (byte >= 0xd9 && byte <= 0xdb));
}

/** The error of a file that is none of those read here, by its first bytes. */
export function foreignFile(file: FileStart): ForeignFormatError {
  const signature = SIGNATURES.find(({ matches }) => matches(file));
  if (signature === undefined) {
    const bytes = [...file.start.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    return new ForeignFormatError(file.source, { format: `a file that begins with the bytes ${bytes}` });
  }
  return new ForeignFormatError(file.source, withPython(file.source, signature));
}

/** The error of a ZIP archive that is no NPZ file, by what is in it. */
export function foreignArchive(entries: readonly ZipEntry[], source: string): ForeignFormatError {
  const has = (pattern: RegExp) => entries.some(({ name }) => pattern.test(name));
  if (has(/(^|\/)constants\.pkl$/)) {
    return new ForeignFormatError(
      source,
      withPython(source, {
        format: "a TorchScript file (torch.jit.save)",
        python: ({ from, to }) => [
          `import numpy, torch; d = torch.jit.load(${from}, map_location="cpu").state_dict()`,
          `numpy.savez(${to}, **{k: v.float().numpy() for k, v in d.items()})`,
        ],
      }),
    );
  }
  if (has(/(^|\/)data\.pkl$/)) {
    return new ForeignFormatError(
      source,
      withPython(source, { format: "a PyTorch file (torch.save)", python: PYTORCH }),
    );
  }
  if (has(/^model\.weights\.h5$/)) {
    return new ForeignFormatError(
      source,
      withPython(source, {
        format: "a Keras file",
        python: ({ from, to }) => [
          `import keras, numpy; m = keras.models.load_model(${from})`,
          `numpy.savez(${to}, **{w.path: w.numpy() for w in m.weights})`,
        ],
      }),
    );
  }
  return new ForeignFormatError(source, {
    format: entries.length === 0 ? "an empty ZIP archive" : "a ZIP archive of other files",
    remedy: "unpack it and name the file with the tensors",
  });
}

/** The error of an NPY or NPZ file of Python objects, which only Python can make sense of. */
export function pythonObjects(source: string): ForeignFormatError {
  return new ForeignFormatError(
    source,
    withPython(source, {
      format: "arrays of Python objects",
      python: ({ from, to }) => [
        `import numpy; d = numpy.load(${from}, allow_pickle=True).item()`,
        `numpy.savez(${to}, **{k: numpy.asarray(v) for k, v in d.items()})`,
      ],
    }),
  );
}

function withPython(
  source: string,
  { format, remedy, python }: Pick<Signature, "format" | "remedy" | "python">,
): ForeignFormat {
  const base = source.replace(/^.*[/\\]/, "");
  const stem = base.replace(
    /\.(pt|pth|bin|ckpt|pkl|pickle|p|h5|hdf5|keras|onnx|gguf|index|msgpack|mat|npy|npz)$/i,
    "",
  );
  const to = `${stem}${/\.npz$/i.test(base) ? "_arrays" : ""}.npz`;
  return {
    format,
    ...(remedy !== undefined && { remedy }),
    ...(python && { python: python({ from: JSON.stringify(base), to: JSON.stringify(to) }) }),
  };
}
