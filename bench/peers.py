"""NumPy's and PyTorch's side of bench/peers.ts: the same jobs, one JSON request a line.

    python3 bench/peers.py [cpu | cuda | auto]

A request names the job, the folder its matrices lie in (raw float32, bytes for masks) and its sizes; the answer is the time
in milliseconds. What is loaded, moved to the device and stored is not counted; a GPU is waited for before the clock stops.
A job is a pair: what is timed, and what makes an array of it afterwards.
"""

import ctypes
import json
import os
import re
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", str(os.cpu_count()))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "test", "pytorch"))

import numpy as np  # noqa: E402
import torch  # noqa: E402

from architectures import cnn, prunable, vit  # noqa: E402
from network import Form  # noqa: E402
from prune_reference import keep_above, prune, removal_counts  # noqa: E402
from train_reference import train  # noqa: E402

PANEL = 1 << 14
WANTED = sys.argv[1] if len(sys.argv) > 1 else "cpu"
DEVICE = torch.device(("cuda" if torch.cuda.is_available() else "cpu") if WANTED == "auto" else WANTED)
CUDA = DEVICE.type == "cuda"


def synchronise():
    if CUDA:
        torch.cuda.synchronize()


def matrix(folder, name, rows, cols, dtype=np.float32):
    return np.fromfile(os.path.join(folder, f"{name}.bin"), dtype).reshape(rows, cols)


def tensor(*where):
    return torch.from_numpy(matrix(*where)).to(DEVICE)


def layers(folder, widths, prefix, dtype=np.float32):
    return [tensor(folder, f"{prefix}{l}", o, i, dtype) for l, (i, o) in enumerate(zip(widths, widths[1:]))]


def numbers(result):
    return result.detach().cpu().numpy().astype(np.float32)


def mask_bytes(masks):
    return np.concatenate([mask.cpu().numpy().astype(np.uint8).ravel() for mask in masks])


def product(request, folder):
    n = request["n"]
    load = tensor if CUDA else matrix
    a, b = load(folder, "a", n, n), load(folder, "b", n, n)

    def repeated():
        for _ in range(request["repeats"]):
            result = a @ b
        return result

    return repeated, numbers if CUDA else lambda result: result


def product_rate(request, _folder):
    """Seconds of one product of random matrices, which nobody else sees."""
    n = request["n"]
    if CUDA:
        a = torch.randn(n, n, device=DEVICE)
        return lambda: a @ a, lambda result: np.zeros(1, np.float32)
    a = np.random.default_rng(1).standard_normal((n, n)).astype(np.float32)
    return lambda: a @ a, lambda result: np.zeros(1, np.float32)


def copy(request, _folder):
    source = torch.rand(request["n"], device=DEVICE)
    target = torch.empty_like(source)
    return lambda: target.copy_(source), lambda result: np.zeros(1, np.float32)


def synflow_in_float32(sparsity, rounds, weights):
    """As prune_reference has it, in the weights' own precision."""
    total = sum(weight.numel() for weight in weights)
    masks = [torch.ones_like(weight) for weight in weights]
    for count in removal_counts(total, sparsity, rounds, "exponential"):
        leaves = [weight.abs().requires_grad_() for weight in weights]
        signal = torch.ones(weights[0].shape[1], device=DEVICE)
        for leaf, mask in zip(leaves, masks):
            signal = (leaf * mask) @ signal
        gradients = torch.autograd.grad(signal.sum(), leaves)
        scores = [(leaf * gradient).detach() for leaf, gradient in zip(leaves, gradients)]
        masks, _ = keep_above(scores, masks, [count])
    return masks


def masks(request, folder):
    widths, method, sparsity = request["widths"], request["method"], request["sparsity"]
    weights = layers(folder, widths, "w")
    if method == "synflow":
        if request["precision"] == "float32":
            return lambda: synflow_in_float32(sparsity, request["rounds"], weights), mask_bytes
        doubles = [weight.double() for weight in weights]
        return lambda: prune(method, sparsity, doubles, rounds=request["rounds"])[0], mask_bytes
    x = tensor(folder, "x", request["samples"], widths[0])
    y = torch.arange(len(x), device=DEVICE) % widths[-1]
    return lambda: prune(method, sparsity, weights, (x, y))[0], mask_bytes


def tangent_kernel(request, folder):
    """J Jᵀ of the summed outputs by panels of kept weights, each column of J being δ_i h_j."""
    widths = request["widths"]
    kept = layers(folder, widths, "m", np.uint8)
    weights = [w * m for w, m in zip(layers(folder, widths, "w"), kept)]
    x = tensor(folder, "x", request["samples"], widths[0])

    def job():
        h, hidden, before = x, [x], []
        for weight in weights:
            z = h @ weight.T
            before.append(z)
            h = torch.relu(z)
            hidden.append(h)
        kernel = torch.zeros(len(x), len(x), device=DEVICE)
        delta = torch.ones_like(before[-1])
        for index in range(len(weights) - 1, -1, -1):
            outputs, inputs = kept[index].nonzero(as_tuple=True)
            for start in range(0, len(outputs), PANEL):
                piece = slice(start, start + PANEL)
                jacobian = delta[:, outputs[piece]] * hidden[index][:, inputs[piece]]
                kernel.addmm_(jacobian, jacobian.T)
            if index:
                delta = (delta @ weights[index]) * (before[index - 1] > 0)
        return kernel

    return job, numbers


def spectrum(request, folder):
    """All eigenvalues of a symmetric matrix, the largest first, in float64."""
    n = request["n"]
    if CUDA:
        kernel = tensor(folder, "kernel", n, n).double()
        return lambda: torch.linalg.eigvalsh(kernel), lambda values: numbers(values)[::-1]
    kernel = matrix(folder, "kernel", n, n).astype(np.float64)
    return lambda: np.linalg.eigvalsh(kernel), lambda values: values[::-1].astype(np.float32)


def histogram(request, folder):
    """Cell means of the mask with rows and columns by descending degree."""
    n, grid = request["n"], request["grid"]
    edges = -(-np.arange(grid) * n // grid)
    sizes = np.diff(np.append(edges, n))
    areas = np.outer(sizes, sizes)
    if CUDA:
        on_device = tensor(folder, "mask", n, n, np.uint8)
        cell_of_rank = torch.from_numpy(np.repeat(np.arange(grid), sizes)).to(DEVICE)

        def cells(degrees):
            cell = torch.empty_like(cell_of_rank)
            cell[torch.sort(degrees, descending=True, stable=True).indices] = cell_of_rank
            return cell

        def on_gpu():
            rows, columns = cells(on_device.sum(1)), cells(on_device.sum(0))
            counts = torch.zeros(grid, n, device=DEVICE).index_add_(0, rows, on_device.float())
            return torch.zeros(grid, grid, device=DEVICE).index_add_(1, columns, counts)

        return on_gpu, lambda counts: (counts.cpu().numpy() / areas).astype(np.float32)
    mask = matrix(folder, "mask", n, n, np.uint8)

    def job():
        rows = np.argsort(-mask.sum(1, dtype=np.int64), kind="stable")
        columns = np.argsort(-mask.sum(0, dtype=np.int64), kind="stable")
        counts = np.add.reduceat(mask[rows].astype(np.uint32), edges, axis=0)[:, columns]
        return np.add.reduceat(counts, edges, axis=1) / areas

    return job, lambda means: means.astype(np.float32)


def adam(request, folder):
    """Losses of Adam's steps over the rows in order, gradients and weights masked."""
    widths, samples = request["widths"], request["samples"]
    kept = [mask.float() for mask in layers(folder, widths, "m", np.uint8)]
    weights = layers(folder, widths, "w")
    x = tensor(folder, "x", samples, widths[0])
    y = torch.from_numpy(matrix(folder, "y", 1, samples)[0].astype(np.int64)).to(DEVICE)
    steps, batch, rate = request["steps"], request["batch"], request["rate"]

    def job():
        return train(Form("relu", "standard"), weights, kept, x, y, steps, batch, "adam", rate)[0]

    return job, lambda losses: np.array(losses[: request["compared"]], np.float32)


def architecture(request, folder):
    """A network's parameters by name, its images, and the kind of the function that runs them."""
    parameters = {
        each["name"]: torch.from_numpy(
            np.fromfile(os.path.join(folder, f"p{index}.bin"), np.float32).reshape(each["shape"])
        ).to(DEVICE)
        for index, each in enumerate(request["parameters"])
    }
    x = tensor(folder, "x", request["samples"], 784).view(-1, 1, 28, 28)
    return parameters, x, torch.arange(len(x), device=DEVICE) % 10


def runs_of(request):
    heads = request["heads"]
    return (lambda w, x: vit(w, x, heads=heads)) if request["network"] == "vit" else cnn


def network_masks(request, folder):
    weights, x, y = architecture(request, folder)
    names, run = prunable(weights), runs_of(request)

    def job():
        leaves = {name: tensor.clone().requires_grad_(name in names) for name, tensor in weights.items()}
        loss = torch.nn.functional.cross_entropy(run(leaves, x), y)
        gradients = torch.autograd.grad(loss, [leaves[name] for name in names])
        scores = [(weights[name] * g).abs() for name, g in zip(names, gradients)]
        total = sum(score.numel() for score in scores)
        return keep_above(scores, [torch.ones_like(s) for s in scores], [int(request["sparsity"] * total)])[0]

    return job, mask_bytes


def network_adam(request, folder):
    weights, x, y = architecture(request, folder)
    run, names = runs_of(request), prunable(weights)
    masks = {
        name: torch.from_numpy(np.fromfile(os.path.join(folder, f"m{index}.bin"), np.uint8)).view_as(weights[name]).float().to(DEVICE)
        for index, name in enumerate(names)
    }

    def job():
        leaves = {name: tensor.clone().requires_grad_() for name, tensor in weights.items()}
        optimiser, losses = torch.optim.Adam(leaves.values(), lr=request["rate"]), []
        for _ in range(request["steps"]):
            masked = {name: leaf * masks[name] if name in masks else leaf for name, leaf in leaves.items()}
            loss = torch.nn.functional.cross_entropy(run(masked, x), y)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
        return losses

    return job, lambda losses: np.array(losses, np.float32)


JOBS = {
    "product": product,
    "product_rate": product_rate,
    "copy": copy,
    "masks": masks,
    "tangent_kernel": tangent_kernel,
    "spectrum": spectrum,
    "histogram": histogram,
    "adam": adam,
    "network_masks": network_masks,
    "network_adam": network_adam,
}


def loaded_blas():
    """The BLAS this process has loaded, by its own account; the reference implementation has none to give."""
    with open("/proc/self/maps") as maps:
        paths = set(re.findall(r"\S+/[^/\s]*(?:blas|mkl_rt)[^/\s]*\.so\S*", maps.read()))
    for path in sorted(paths, key=lambda path: "openblas" not in path):
        for symbol in ("openblas_get_config", "openblas_get_config64_", "scipy_openblas_get_config64_"):
            try:
                get = getattr(ctypes.CDLL(path), symbol)
            except (AttributeError, OSError):
                continue
            get.restype = ctypes.c_char_p
            return " ".join(get().decode().split()[:2])
    return "MKL" if any("mkl" in path for path in paths) else "reference BLAS" if paths else "unknown BLAS"


def processor():
    """The processor's name, which Deno may not ask for without every permission."""
    try:
        with open("/proc/cpuinfo") as lines:
            return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
    except OSError:
        return ""


def about():
    np.ones((64, 64), np.float32) @ np.ones((64, 64), np.float32)
    try:
        blas = loaded_blas()
    except OSError:
        blas = "unknown BLAS"
    torch_blas = "cuBLAS, TF32 off" if CUDA else "MKL" if torch.backends.mkl.is_available() else blas
    found = {"NumPy": f"{np.__version__} ({blas})", "PyTorch": f"{torch.__version__} ({torch_blas})"}
    found["threads"] = str(os.cpu_count())
    found["processor"] = processor()
    if CUDA:
        found["GPU"] = f"{torch.cuda.get_device_name()}, CUDA {torch.version.cuda}"
    return found


def main():
    if CUDA and not torch.cuda.is_available():
        sys.exit("error: PyTorch sees no CUDA device")
    if CUDA:
        torch.set_default_device(DEVICE)  # what the references in test/pytorch make lies where the weights do
    torch.set_num_threads(os.cpu_count())
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    print(json.dumps(about()), flush=True)
    prepared, job, finish = None, None, None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request != prepared:
                prepared, job, finish = None, None, None
                job, finish = JOBS[request["job"]](request, request["folder"])
                prepared = request
            synchronise()
            start = time.perf_counter()
            result = job()
            synchronise()
            elapsed = 1e3 * (time.perf_counter() - start)
            finish(result).tofile(os.path.join(request["folder"], request["result"]))
            print(json.dumps({"milliseconds": elapsed}), flush=True)
        except Exception as error:
            prepared = None
            print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)


if __name__ == "__main__":
    main()
