"""The empirical neural tangent kernel of a masked network, from autograd's own Jacobian, in float64.

    python3 ntk_reference.py --weights W.safetensors --masks M.safetensors --inputs X.safetensors --output sum \\
        --out K.safetensors

Only kept weights are parameters. Writes `kernel` [N, N]; prints its spectrum's metrics as one JSON object.
"""

import argparse
import json
import math

import numpy as np
import torch
from torch import Tensor

import st
from network import ACTIVATIONS, Form, forward, load_masks, load_matrices, run


def jacobian(form: Form, weights: list[Tensor], masks: list[Tensor], x: Tensor, cotangent: Tensor) -> Tensor:
    """Rows are samples, columns kept weights: the gradient of <cotangent, f(x)> one sample at a time."""
    leaves = [(w * m).requires_grad_() for w, m in zip(weights, masks)]
    kept = [mask != 0 for mask in masks]
    rows = []
    for sample in x:
        value = forward(form, leaves, sample[None])[0] @ cotangent
        gradients = torch.autograd.grad(value, leaves)
        rows.append(torch.cat([g[keep] for g, keep in zip(gradients, kept)]))
    return torch.stack(rows)


def cotangents(output: str, classes: int) -> tuple[Tensor, float]:
    """The rows to differentiate along, and the factor of the sum of their kernels: sum, trace, or one class."""
    identity = torch.eye(classes, dtype=torch.float64)
    if output == "sum":
        return identity.sum(0, keepdim=True), 1.0
    if output == "trace":
        return identity, 1 / classes
    if not output.isdigit() or int(output) >= classes:
        raise ValueError(f"--output {output}: expected sum, trace or a class below {classes}")
    return identity[int(output):int(output) + 1], 1.0


def empirical_kernel(
    form: Form, weights: list[Tensor], masks: list[Tensor], x: Tensor, output: str, panel: int
) -> Tensor:
    """J Jᵀ by blocks of `panel` samples, so that two panels of J are held at most."""
    rows, factor = cotangents(output, weights[-1].shape[0])
    kernel = torch.zeros(len(x), len(x), dtype=torch.float64)
    for cotangent in rows:
        for i in range(0, len(x), panel):
            left = jacobian(form, weights, masks, x[i:i + panel], cotangent)
            for j in range(0, i + 1, panel):
                right = left if i == j else jacobian(form, weights, masks, x[j:j + panel], cotangent)
                block = factor * left @ right.T
                kernel[i:i + panel, j:j + panel] += block
                if i != j:
                    kernel[j:j + panel, i:i + panel] += block.T
    return kernel


def metrics(kernel: Tensor) -> dict:
    """Spectral metrics; the decay rate is minus the slope of ln λ_k on ln k over eigenvalues above 1e-10 λ_1."""
    values = torch.linalg.eigvalsh(kernel).numpy()[::-1]
    trace = float(torch.trace(kernel))
    counted = values[values > 1e-10 * values[0]]
    ranks = np.log(np.arange(1, len(counted) + 1))
    return {
        "trace": trace,
        "eigenvalues": values[:10].tolist(),
        "energy5": float(values[:5].sum() / values.sum()),
        "energy10": float(values[:10].sum() / values.sum()),
        "effectiveRank": float(trace / values[0]),
        "spectralGap": float(values[0] / values[1]) if len(values) > 1 else None,
        "decayRate": float(-np.polyfit(ranks, np.log(counted), 1)[0]) if len(counted) > 1 else None,
    }


def self_check() -> None:
    """Against the layer-by-layer formula, with its explicit sums over i and j, and panels against none."""
    torch.manual_seed(11)
    widths = [5, 7, 6, 3]
    x = torch.randn(7, 5, dtype=torch.float64)
    weights = [torch.randn(o, i, dtype=torch.float64) for i, o in zip(widths, widths[1:])]
    masks = [(torch.rand_like(weight) > 0.4).double() for weight in weights]
    for form in (Form("tanh", "standard"), Form("relu", "ntk")):
        scales = [1 / math.sqrt(w.shape[1]) if form.parametrization == "ntk" else 1.0 for w in weights]
        signals, slopes = [x], []
        for scale, weight, mask in zip(scales, weights, masks):
            z = scale * signals[-1] @ (weight * mask).T
            slopes.append(1 - torch.tanh(z) ** 2 if form.activation == "tanh" else (z > 0).double())
            signals.append(torch.tanh(z) if form.activation == "tanh" else z.clamp(min=0))
        full = torch.zeros(3, 3, 7, 7, dtype=torch.float64)
        deltas = torch.eye(3, dtype=torch.float64)[:, None, :].expand(3, 7, 3)
        for l in reversed(range(3)):
            full += scales[l] ** 2 * torch.einsum(
                "ij,cxi,dyi,xj,yj->cdxy", masks[l], deltas, deltas, signals[l], signals[l]
            )
            if l > 0:
                deltas = slopes[l - 1] * (scales[l] * deltas @ (weights[l] * masks[l]))
        expected = {"sum": full.sum((0, 1)), "trace": full.diagonal(dim1=0, dim2=1).sum(-1) / 3, "2": full[2, 2]}
        for output, kernel in expected.items():
            for panel in (3, 7):
                found = empirical_kernel(form, weights, masks, x, output, panel)
                error = ((found - kernel).norm() / kernel.norm()).item()
                print(f"{form.activation} {form.parametrization} {output}, panel {panel}: relative error {error:.2e}")
                assert error < 1e-13
    power = torch.diag(torch.arange(1, 21, dtype=torch.float64) ** -1.5)
    assert abs(metrics(power)["decayRate"] - 1.5) < 1e-12
    print("all checks passed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights")
    parser.add_argument("--masks", help="default: every weight is kept")
    parser.add_argument("--inputs", help="a tensor x [N, d], or the file's only 2-D tensor")
    parser.add_argument("--output", default="sum", help="sum (the gradient of the outputs' sum), trace, or a class")
    parser.add_argument("--activation", choices=tuple(ACTIVATIONS), default="relu")
    parser.add_argument("--parametrization", choices=("standard", "ntk"), default="standard")
    parser.add_argument("--panel-mib", type=int, default=512, help="memory of one panel of the Jacobian")
    parser.add_argument("--out")
    parser.add_argument("--self-check", action="store_true")
    args = parser.parse_args()
    if args.self_check:
        return self_check()
    if args.weights is None or args.inputs is None:
        parser.error("--weights and --inputs are required")
    named = load_matrices(args.weights, torch.float64)
    masks = load_masks(args.masks, named)
    stored = st.load(args.inputs)
    flat = [array for array in stored.values() if array.ndim == 2]
    if "x" not in stored and len(flat) != 1:
        parser.error(f"--inputs {args.inputs}: expected a tensor x [N, d]")
    x = torch.from_numpy(stored["x"] if "x" in stored else flat[0]).double()
    kept = max(1, int(sum(mask.sum() for mask in masks)))
    panel = min(len(x), max(1, args.panel_mib * 2**20 // (8 * kept)))
    form = Form(args.activation, args.parametrization)
    kernel = empirical_kernel(form, list(named.values()), masks, x, args.output, panel)
    if args.out:
        st.save(args.out, {"kernel": kernel.numpy()})
    print(json.dumps({"size": len(x), "metrics": metrics(kernel)}))


if __name__ == "__main__":
    run(main)
