"""Reads MNIST's IDX files, gzipped or not, the training set where the folder has it and else the test set."""

import gzip
import os
import struct

import numpy as np

MEAN, DEVIATION = 0.1307, 0.3081


def read_idx(path: str) -> np.ndarray:
    """One IDX file of unsigned bytes: two zeros, the type 8, the rank, the sizes as big-endian u32, the bytes."""
    with open(path, "rb") as file:
        raw = file.read()
    if raw[:2] == b"\x1f\x8b":
        raw = gzip.decompress(raw)
    if raw[:3] != b"\0\0\x08":
        raise ValueError(f"{path}: expected an IDX file of unsigned bytes")
    shape = struct.unpack_from(f">{raw[3]}I", raw, 4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


def load_mnist(folder: str) -> tuple[np.ndarray, np.ndarray]:
    """Images [N, 784] in float64, scaled to [0, 1] and normalised, and labels [N]."""
    for prefix in ("train", "t10k"):
        for suffix in ("", ".gz"):
            images = os.path.join(folder, f"{prefix}-images-idx3-ubyte{suffix}")
            labels = os.path.join(folder, f"{prefix}-labels-idx1-ubyte{suffix}")
            if os.path.exists(images) and os.path.exists(labels):
                pixels = read_idx(images)
                x = (pixels.reshape(len(pixels), -1) / 255 - MEAN) / DEVIATION
                return x, read_idx(labels).astype(np.int64)
    raise FileNotFoundError(f"{folder}: expected MNIST's IDX files, train or t10k")
