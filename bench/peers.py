"""The peers' side of bench/peers.ts: does the same jobs with NumPy and PyTorch, one JSON request a line.

A request names the job, the folder its matrices lie in (raw float32, bytes for masks) and its sizes; the answer is the time
in milliseconds, what has to be loaded and stored not counted. The result is left in the folder as result.bin.
"""

import json
import os
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", str(os.cpu_count()))
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "test", "pytorch"))

import numpy as np  # noqa: E402
import torch  # noqa: E402

from prune_reference import prune  # noqa: E402

PANEL = 1 << 14


def matrix(folder, name, rows, cols, dtype=np.float32):
    return np.fromfile(os.path.join(folder, name), dtype).reshape(rows, cols)


def layers(folder, widths, prefix, dtype):
    return [matrix(folder, f"{prefix}{l}.bin", o, i, dtype) for l, (i, o) in enumerate(zip(widths, widths[1:]))]


def product(request, folder):
    n = request["n"]
    a, b = matrix(folder, "a.bin", n, n), matrix(folder, "b.bin", n, n)
    return lambda: a @ b


def masks(request, folder):
    widths = request["widths"]
    weights = [torch.from_numpy(w) for w in layers(folder, widths, "w", np.float32)]
    x = torch.from_numpy(matrix(folder, "x.bin", request["samples"], widths[0]))
    y = torch.arange(len(x)) % widths[-1]
    rounds = request.get("rounds")

    def job():
        kept, _, _ = prune(request["method"], request["sparsity"], weights, (x, y), rounds=rounds)
        return kept

    return lambda: np.concatenate([mask.numpy().astype(np.uint8).ravel() for mask in job()])


def tangent_kernel(request, folder):
    """J Jᵀ of the summed outputs by panels of kept weights, each column of J being δ_i h_j."""
    widths = request["widths"]
    kept = [torch.from_numpy(m) for m in layers(folder, widths, "m", np.uint8)]
    weights = [torch.from_numpy(w) * m for w, m in zip(layers(folder, widths, "w", np.float32), kept)]
    x = torch.from_numpy(matrix(folder, "x.bin", request["samples"], widths[0]))

    def job():
        h, hidden, before = x, [x], []
        for index, weight in enumerate(weights):
            z = h @ weight.T
            before.append(z)
            h = torch.relu(z)
            hidden.append(h)
        kernel = torch.zeros(len(x), len(x))
        delta = torch.ones_like(before[-1])
        for index in range(len(weights) - 1, -1, -1):
            outputs, inputs = kept[index].nonzero(as_tuple=True)
            for start in range(0, len(outputs), PANEL):
                piece = slice(start, start + PANEL)
                jacobian = delta[:, outputs[piece]] * hidden[index][:, inputs[piece]]
                kernel.addmm_(jacobian, jacobian.T)
            if index:
                delta = (delta @ weights[index]) * (before[index - 1] > 0)
        return kernel.numpy()

    return job


def histogram(request, folder):
    """Cell means of the mask with rows and columns by descending degree."""
    n, grid = request["n"], request["grid"]
    mask = matrix(folder, "mask.bin", n, n, np.uint8)

    def job():
        rows = np.argsort(-mask.sum(1, dtype=np.int64), kind="stable")
        columns = np.argsort(-mask.sum(0, dtype=np.int64), kind="stable")
        edges = -(-np.arange(grid) * n // grid)
        counts = np.add.reduceat(mask[rows].astype(np.uint32), edges, axis=0)[:, columns]
        counts = np.add.reduceat(counts, edges, axis=1)
        sizes = np.diff(np.append(edges, n))
        return (counts / np.outer(sizes, sizes)).astype(np.float32)

    return job


JOBS = {"product": product, "masks": masks, "tangent_kernel": tangent_kernel, "histogram": histogram}

torch.set_num_threads(os.cpu_count())
print(json.dumps({"numpy": np.__version__, "torch": torch.__version__}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    job = JOBS[request["job"]](request, request["folder"])
    start = time.perf_counter()
    result = job()
    elapsed = 1e3 * (time.perf_counter() - start)
    result.tofile(os.path.join(request["folder"], "result.bin"))
    print(json.dumps({"milliseconds": elapsed}), flush=True)
