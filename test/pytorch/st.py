"""A small safetensors reader and writer, from the format's specification.

A file is an unsigned 64-bit little-endian header length, a JSON header of that many bytes, and the raw
row-major little-endian data. The header maps each name to its dtype, shape and data offsets; the offsets
count from the end of the header, and together they must cover the data without a hole or an overlap.
"""

import json
import os
import struct
from math import prod

import numpy as np

DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2",
    "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1",
}
NAMES = {np.dtype(code): name for name, code in DTYPES.items()}


def load(path: str) -> dict[str, np.ndarray]:
    """Reads every tensor of a file. Raises ValueError where the file departs from the format."""
    with open(path, "rb") as file:
        raw = file.read()
    length = struct.unpack("<Q", raw[:8])[0] if len(raw) >= 8 else -1
    if length < 2 or 8 + length > len(raw):
        raise ValueError(f"{path}: expected a safetensors header within {len(raw)} bytes")
    data = raw[8 + length:]
    entries = json.loads(raw[8:8 + length])
    entries.pop("__metadata__", None)
    tensors, covered = {}, 0
    for name, entry in sorted(entries.items(), key=lambda item: item[1]["data_offsets"]):
        if entry["dtype"] not in DTYPES:
            raise ValueError(f"{path}: {name} has dtype {entry['dtype']}, expected one of {', '.join(DTYPES)}")
        begin, end = entry["data_offsets"]
        dtype = np.dtype(DTYPES[entry["dtype"]])
        if begin != covered or end - begin != prod(entry["shape"]) * dtype.itemsize:
            raise ValueError(f"{path}: {name} has offsets [{begin}, {end}] that do not fit its shape {entry['shape']}")
        tensors[name] = np.frombuffer(data[begin:end], dtype).reshape(entry["shape"]).copy()
        covered = end
    if covered != len(data):
        raise ValueError(f"{path}: expected {covered} bytes of data, found {len(data)}")
    return tensors


def save(path: str, tensors: dict[str, np.ndarray]) -> None:
    """Writes tensors, wide dtypes first so that every one is aligned; replaces the file in one step."""
    arrays = {name: np.asarray(value, order="C") for name, value in tensors.items()}
    header, blobs, offset = {}, [], 0
    for name, array in sorted(arrays.items(), key=lambda item: -item[1].dtype.itemsize):
        blobs.append(array.astype(array.dtype.newbyteorder("<")).tobytes())
        end = offset + len(blobs[-1])
        header[name] = {"dtype": NAMES[array.dtype], "shape": list(array.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    temporary = f"{path}.part"
    with open(temporary, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))
    os.replace(temporary, path)
