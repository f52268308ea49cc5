"""Safetensors files, by NumPy alone."""

import json
import os
from pathlib import Path

import numpy

from .command import GraphonLimitError

#: NumPy has no bfloat16: it is read as float32, which holds every one, and written from its bits.
TYPES = {
    "BOOL": "?", "U8": "u1", "I8": "i1", "U16": "<u2", "I16": "<i2", "U32": "<u4", "I32": "<i4", "U64": "<u8", "I64": "<i8",
    "F16": "<f2", "F32": "<f4", "F64": "<f8", "BF16": "<u2",
}  # fmt: skip
NAMES = {numpy.dtype(code): name for name, code in TYPES.items() if name != "BF16"}


class BFloat16:
    """The bits of bfloat16 numbers, uint16 of any shape."""

    def __init__(self, bits):
        self.bits = bits


def write_tensors(path, tensors):
    """Writes arrays by name, whole or not at all."""
    header, pieces, at = {}, [], 0
    for name, tensor in tensors.items():
        bits = tensor.bits if isinstance(tensor, BFloat16) else numpy.asarray(tensor)
        plain = bits.astype(bits.dtype.newbyteorder("<"), order="C", copy=False)
        dtype = "BF16" if isinstance(tensor, BFloat16) else NAMES.get(plain.dtype)
        if dtype is None:
            raise GraphonLimitError(f"Expected {name} to hold numbers that safetensors have but found {plain.dtype}")
        piece = numpy.ascontiguousarray(plain).tobytes()
        header[name] = {"dtype": dtype, "shape": list(bits.shape), "data_offsets": [at, at + len(piece)]}
        pieces.append(piece)
        at += len(piece)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    target = Path(path)
    waiting = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with open(waiting, "wb") as file:
            file.write(len(text).to_bytes(8, "little") + text)
            file.writelines(pieces)
        os.replace(waiting, target)
    finally:
        waiting.unlink(missing_ok=True)


def read_tensors(path):
    """The arrays of a file by name, in the order they lie there."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise GraphonLimitError(f"{path}: expected a file to read but found {(error.strerror or 'none').lower()}") from None
    try:
        start = 8 + int.from_bytes(content[:8], "little")
        header = json.loads(content[8:start].decode("utf8"))
        header.pop("__metadata__", None)
        infos = sorted(header.items(), key=lambda item: item[1]["data_offsets"])
        return {name: array_of(info, content[start:]) for name, info in infos}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise GraphonLimitError(f"{path}: expected safetensors but found another file or a damaged one") from None


def array_of(info, data):
    begin, end = info["data_offsets"]
    array = numpy.frombuffer(data[begin:end], TYPES[info["dtype"]]).reshape(info["shape"])
    if info["dtype"] == "BF16":
        return (array.astype(numpy.uint32) << 16).view(numpy.float32)
    return array.copy()
