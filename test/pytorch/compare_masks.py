"""Prints, as JSON, how far two mask files agree: intersection over union of the kept weights.

    python3 compare_masks.py A.safetensors B.safetensors
"""

import argparse
import json

import numpy as np

import st
from network import natural_key, run


def agreement(a: np.ndarray, b: np.ndarray) -> dict:
    """Counts of one pair of masks; two empty masks agree wholly."""
    both, either = int((a & b).sum()), int((a | b).sum())
    return {
        "iou": both / either if either else 1.0,
        "keptA": int(a.sum()),
        "keptB": int(b.sum()),
        "differing": either - both,
        "size": a.size,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("a")
    parser.add_argument("b")
    args = parser.parse_args()
    a, b = (
        {name: array != 0 for name, array in st.load(path).items() if array.ndim == 2} for path in (args.a, args.b)
    )
    if {name: mask.shape for name, mask in a.items()} != {name: mask.shape for name, mask in b.items()} or not a:
        parser.error("expected two files with masks of the same names and shapes")
    names = sorted(a, key=natural_key)
    layers = [{"name": name, **agreement(a[name], b[name])} for name in names]
    overall = agreement(*(np.concatenate([masks[name].ravel() for name in names]) for masks in (a, b)))
    print(json.dumps({"overall": overall, "layers": layers}))


if __name__ == "__main__":
    run(main)
