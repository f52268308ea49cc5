"""The convergence protocol in float64: sort-and-smooth histograms of one layer's masks, and how far they lie
from a wide reference's.

    python3 converge_reference.py --data-dir mnist --methods random,snip --widths 100,500,1000,2000 --trials 3

The reference width has trials of its own, so a width equal to it measures nothing but sampling noise.
Progress goes to stderr, one JSON object to stdout.
"""

import argparse
import json
import math
import sys
import time

import numpy as np
import torch

from mnist import load_mnist
from network import run
from prune_reference import keep_above, prune

CLASSES = 10


def sas_histogram(mask: np.ndarray, grid: int) -> tuple[np.ndarray, np.ndarray]:
    """Cell means of the mask with rows and columns by descending degree, ties by index, and the entries of each cell.

    Interval of index i of n is floor(i K / n). Both axes need at least K entries.
    """
    if min(mask.shape) < grid:
        raise ValueError(f"a mask of shape {list(mask.shape)} needs at least {grid} rows and columns")
    ordered = mask[np.argsort(-mask.sum(1), kind="stable")][:, np.argsort(-mask.sum(0), kind="stable")]
    rows, columns = (np.arange(n) * grid // n for n in mask.shape)
    sums = np.zeros((grid, grid))
    np.add.at(sums, (rows[:, None], columns[None, :]), ordered)
    entries = np.outer(np.bincount(rows, minlength=grid), np.bincount(columns, minlength=grid))
    return sums / entries, entries


def layer_mask(method: str, width: int, options: argparse.Namespace, data: tuple, seed: list[int]) -> np.ndarray:
    """One trial's mask of the chosen layer: He weights, and a fresh batch with the same samples of every class."""
    random = np.random.default_rng(seed)
    x, y = data
    widths = [x.shape[1]] + [width] * options.hidden + [CLASSES]
    weights = [
        torch.from_numpy(random.standard_normal((o, i)) * math.sqrt(2 / i)) for i, o in zip(widths, widths[1:])
    ]
    rows = np.concatenate([
        random.choice(np.flatnonzero(y == label), options.samples_per_class, replace=False)
        for label in range(CLASSES)
    ])
    if method == "random":
        scores = [torch.from_numpy(random.random(tuple(weight.shape))) for weight in weights]
        removed = int(options.sparsity * sum(weight.numel() for weight in weights))
        masks, _ = keep_above(scores, [torch.ones_like(weight) for weight in weights], [removed])
    else:
        batch = (torch.from_numpy(x[rows]), torch.from_numpy(y[rows]))
        masks, _, _ = prune(method, options.sparsity, weights, batch)
    return masks[options.layer].numpy()


def histograms(method: str, width: int, options: argparse.Namespace, data: tuple, stream: int) -> dict:
    """All trials of one width: the stacked histograms, the cells' entries, and the masks' densities."""
    found, densities = [], []
    for trial in range(options.trials):
        start = time.perf_counter()
        mask = layer_mask(method, width, options, data, [options.seed, stream, trial])
        histogram, entries = sas_histogram(mask, options.grid)
        found.append(histogram)
        densities.append(float(mask.mean()))
        print(f"{method} {width} trial {trial}: {time.perf_counter() - start:.1f} s", file=sys.stderr, flush=True)
    return {"trials": np.stack(found), "entries": entries, "densities": densities}


def row(method: str, width: int, found: dict, reference: dict) -> dict:
    """The mean histograms' distance, the noise the trials' spread puts into it, and what Bernoulli cells would."""
    mean, target = found["trials"].mean(0), reference["trials"].mean(0)
    distance = float(np.linalg.norm(mean - target))
    spread = [one["trials"].var(0, ddof=1).sum() / len(one["trials"]) for one in (found, reference)]
    coins = [
        (one["trials"].mean(0) * (1 - one["trials"].mean(0)) / one["entries"]).sum() / len(one["trials"])
        for one in (found, reference)
    ]
    floor = math.sqrt(sum(spread))
    return {
        "method": method,
        "width": width,
        "trials": len(found["trials"]),
        "distance": distance,
        "noiseFloor": floor,
        "bernoulliFloor": math.sqrt(sum(coins)),
        "debiased": math.sqrt(max(0.0, distance**2 - floor**2)),
        "density": float(np.mean(found["densities"])),
        "min": float(mean.min()),
        "max": float(mean.max()),
    }


def self_check() -> None:
    """The histogram against a loop over entries, and its total against the mask's."""
    mask = (np.random.default_rng(5).random((11, 9)) < 0.4).astype(float)
    found, entries = sas_histogram(mask, 4)
    rows = sorted(range(11), key=lambda i: (-mask[i].sum(), i))
    columns = sorted(range(9), key=lambda j: (-mask[:, j].sum(), j))
    cells = [[[] for _ in range(4)] for _ in range(4)]
    for a, i in enumerate(rows):
        for b, j in enumerate(columns):
            cells[math.floor(a * 4 / 11)][math.floor(b * 4 / 9)].append(mask[i, j])
    assert np.allclose(found, [[np.mean(cell) for cell in line] for line in cells], rtol=0, atol=1e-15)
    assert (found * entries).sum() == mask.sum() and entries.sum() == mask.size
    print("all checks passed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", help="the folder of MNIST's IDX files")
    parser.add_argument("--methods", default="random,magnitude,snip,grasp,synflow")
    parser.add_argument("--widths", default="100,500,1000,2000")
    parser.add_argument("--reference", type=int, default=2000)
    parser.add_argument("--hidden", type=int, default=3)
    parser.add_argument("--layer", type=int, default=1, help="weight matrices count from 0")
    parser.add_argument("--sparsity", type=float, default=0.8)
    parser.add_argument("--trials", type=int, default=3)
    parser.add_argument("--grid", type=int, default=64)
    parser.add_argument("--samples-per-class", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--histograms", help="writes every mean histogram to this .npz")
    parser.add_argument("--self-check", action="store_true")
    args = parser.parse_args()
    if args.self_check:
        return self_check()
    if args.data_dir is None:
        parser.error("--data-dir is required")
    if args.trials < 2:
        parser.error(f"--trials {args.trials}: expected at least 2, which the noise floor needs")
    torch.set_num_threads(args.threads)
    data = load_mnist(args.data_dir)
    rows, means = [], {}
    for method in args.methods.split(","):
        reference = histograms(method, args.reference, args, data, 0)
        means[f"{method}.{args.reference}.reference"] = reference["trials"].mean(0)
        for width in map(int, args.widths.split(",")):
            found = histograms(method, width, args, data, width)
            means[f"{method}.{width}"] = found["trials"].mean(0)
            rows.append(row(method, width, found, reference))
            print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    if args.histograms:
        np.savez_compressed(args.histograms, **means)
    print(json.dumps({"rows": rows}))


if __name__ == "__main__":
    run(main)
