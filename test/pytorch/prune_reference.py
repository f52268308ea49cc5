"""Prunes a network at initialisation the plain PyTorch way: autograd for every score, kthvalue for the threshold.

    python3 prune_reference.py --method snip --sparsity 0.8 --weights W.safetensors --batch B.safetensors \\
        --out masks.safetensors

Prints one JSON object. `--self-check` verifies the scores by numerical differentiation and by enumerating paths.
"""

import argparse
import json
import math
import time

import numpy as np
import torch
from torch import Tensor

import st
from network import ACTIVATIONS, DTYPES, Form, forward, load_batch, load_matrices, run

GRASP_TEMPERATURE = 200
METHODS = ("snip", "grasp", "synflow", "magnitude")


def snip_scores(form: Form, weights: list[Tensor], masks: list[Tensor], x: Tensor, y: Tensor) -> list[Tensor]:
    """|w dL/dw|, L the mean cross-entropy (Lee et al. 2019)."""
    leaves = [weight.clone().requires_grad_() for weight in weights]
    outputs = forward(form, [w * m for w, m in zip(leaves, masks)], x)
    gradients = torch.autograd.grad(torch.nn.functional.cross_entropy(outputs, y), leaves)
    return [(w * g).abs() for w, g in zip(weights, gradients)]


def hessian_gradient_product(
    form: Form, weights: list[Tensor], masks: list[Tensor], x: Tensor, y: Tensor
) -> tuple[list[Tensor], list[Tensor]]:
    """g and Hg of the tempered cross-entropy, Hg by differentiating <stop(g), g(w)>."""
    leaves = [weight.clone().requires_grad_() for weight in weights]
    outputs = forward(form, [w * m for w, m in zip(leaves, masks)], x)
    loss = torch.nn.functional.cross_entropy(outputs / GRASP_TEMPERATURE, y)
    gradients = torch.autograd.grad(loss, leaves, create_graph=True)
    inner = sum((g.detach() * g).sum() for g in gradients)
    return [g.detach() for g in gradients], list(torch.autograd.grad(inner, leaves))


def grasp_scores(form: Form, weights: list[Tensor], masks: list[Tensor], x: Tensor, y: Tensor) -> list[Tensor]:
    """w Hg; the largest stay (Wang et al. 2020, with the sign that makes the largest the ones to keep)."""
    _, products = hessian_gradient_product(form, weights, masks, x, y)
    return [w * hg for w, hg in zip(weights, products)]


def synflow_scores(weights: list[Tensor], masks: list[Tensor]) -> list[Tensor]:
    """|w| dR/d|w| in float64, R the summed output of the linear network of |w| on ones (Tanaka et al. 2020)."""
    leaves = [weight.double().abs().requires_grad_() for weight in weights]
    signal = torch.ones(weights[0].shape[1], dtype=torch.float64)
    for leaf, mask in zip(leaves, masks):
        signal = (leaf * mask.double()) @ signal
    gradients = torch.autograd.grad(signal.sum(), leaves)
    return [(leaf * g).detach() for leaf, g in zip(leaves, gradients)]


def scores_of(
    method: str, form: Form, weights: list[Tensor], masks: list[Tensor], batch: tuple[Tensor, Tensor] | None
) -> list[Tensor]:
    if method == "synflow":
        return synflow_scores(weights, masks)
    if method == "magnitude":
        scores = [weight.abs() for weight in weights]
    elif method == "snip":
        scores = snip_scores(form, weights, masks, *batch)
    else:
        scores = grasp_scores(form, weights, masks, *batch)
    return [score.masked_fill(mask == 0, -math.inf) for score, mask in zip(scores, masks)]


def threshold(scores: Tensor, removed: int) -> float:
    """The `removed`-th smallest score; -inf where fewer than one is to go."""
    return scores.flatten().kthvalue(removed).values.item() if removed >= 1 else -math.inf


def removal_counts(total: int, sparsity: float, rounds: int, schedule: str) -> list[int]:
    """How many of `total` scores lie at or below the threshold after each round; the last is exactly int(s N)."""
    counts = []
    for t in range(1, rounds):
        kept = (1 - sparsity) ** (t / rounds) if schedule == "exponential" else 1 - sparsity * t / rounds
        counts.append(math.floor((1 - kept) * total))
    return counts + [int(sparsity * total)]


def keep_above(scores: list[Tensor], masks: list[Tensor], removed: list[int]) -> tuple[list[Tensor], list[float]]:
    """A weight stays iff it was there and its score exceeds the threshold: one for all, or one for each layer."""
    if len(removed) == 1:
        thresholds = [threshold(torch.cat([score.flatten() for score in scores]), removed[0])]
    else:
        thresholds = [threshold(score, count) for score, count in zip(scores, removed)]
    each = thresholds * len(scores) if len(thresholds) == 1 else thresholds
    kept = [
        mask if tau == -math.inf else mask * (score > tau).to(mask.dtype)
        for score, mask, tau in zip(scores, masks, each)
    ]
    return kept, thresholds


def prune(
    method: str,
    sparsity: float,
    weights: list[Tensor],
    batch: tuple[Tensor, Tensor] | None = None,
    form: Form = Form(),
    scope: str = "global",
    rounds: int | None = None,
    schedule: str = "exponential",
) -> tuple[list[Tensor], list[Tensor], list[float]]:
    """The masks, the last round's scores and the last round's thresholds."""
    rounds = rounds or (100 if method == "synflow" else 1)
    sizes = [weight.numel() for weight in weights]
    totals = [sum(sizes)] if scope == "global" else sizes
    schedules = [removal_counts(total, sparsity, rounds, schedule) for total in totals]
    masks = [torch.ones_like(weight) for weight in weights]
    for t in range(rounds):
        scores = scores_of(method, form, weights, masks, batch)
        masks, thresholds = keep_above(scores, masks, [counts[t] for counts in schedules])
    return masks, scores, thresholds


def self_check() -> None:
    """Every score against an independent calculation on a tiny network."""
    torch.manual_seed(7)
    widths = [5, 6, 4, 3]
    x, y = torch.randn(8, 5, dtype=torch.float64), torch.randint(3, (8,))
    weights = [torch.randn(o, i, dtype=torch.float64) for i, o in zip(widths, widths[1:])]
    full = [torch.ones_like(weight) for weight in weights]
    holed = [(torch.rand_like(weight) > 0.3).double() for weight in weights]
    sizes = [weight.numel() for weight in weights]

    def reshaped(flat: Tensor) -> list[Tensor]:
        return [part.view_as(weight) for part, weight in zip(flat.split(sizes), weights)]

    def flattened(parts: list[Tensor]) -> Tensor:
        return torch.cat([part.flatten() for part in parts])

    def close(name: str, found: Tensor, expected: Tensor, tolerance: float) -> None:
        error = ((found - expected).abs().max() / expected.abs().max()).item()
        print(f"{name}: relative error {error:.2e}")
        assert error < tolerance, f"{name}: {error} is not below {tolerance}"

    def loss(masks: list[Tensor], form: Form, shifted: Tensor, temperature: float) -> Tensor:
        outputs = forward(form, [w * m for w, m in zip(reshaped(shifted), masks)], x)
        return torch.nn.functional.cross_entropy(outputs / temperature, y)

    centre = flattened(weights)
    for form in (Form("tanh", "standard"), Form("erf", "ntk")):
        for label, masks in (("dense", full), ("masked", holed)):
            step = 1e-6
            slopes = torch.stack([
                (loss(masks, form, centre + step * e, 1) - loss(masks, form, centre - step * e, 1)) / (2 * step)
                for e in torch.eye(len(centre), dtype=torch.float64)
            ])
            found = flattened(snip_scores(form, weights, masks, x, y))
            close(f"snip {form.activation} {label}", found, (centre * slopes).abs(), 1e-7)

            gradients, products = hessian_gradient_product(form, weights, masks, x, y)
            direction = flattened(gradients) / flattened(gradients).norm()
            step = 1e-4
            ahead, behind = (
                flattened(hessian_gradient_product(form, reshaped(centre + sign * step * direction), masks, x, y)[0])
                for sign in (1, -1)
            )
            numerical = (ahead - behind) / (2 * step) * flattened(gradients).norm()
            close(f"grasp Hg {form.activation} {label}", flattened(products), numerical, 1e-6)

    for label, masks in (("dense", full), ("masked", holed)):
        expected = [torch.zeros_like(weight) for weight in weights]
        for path in np.ndindex(*widths):
            edges = list(zip(path[1:], path))
            value = math.prod(weights[l][e].abs().item() * masks[l][e].item() for l, e in enumerate(edges))
            for l, edge in enumerate(edges):
                expected[l][edge] += value
        scores = synflow_scores(weights, masks)
        close(f"synflow {label}", flattened(scores), flattened(expected), 1e-12)
        sums = torch.stack([score.sum() for score in scores])
        close(f"synflow {label}, every layer sums to R", sums, sums[:1].expand(3), 1e-12)

    assert removal_counts(100, 0.5, 2, "linear") == [25, 50]
    assert removal_counts(100, 0.75, 2, "exponential") == [50, 75]
    tied = [torch.tensor([[1.0, 2.0, 2.0, 3.0]])]
    assert keep_above(tied, [torch.ones(1, 4)], [2])[0][0].tolist() == [[0, 0, 0, 1]], "ties at the threshold all go"
    assert keep_above(tied, [torch.ones(1, 4)], [0])[0][0].tolist() == [[1, 1, 1, 1]], "removing none keeps all"
    for method in METHODS:
        for scope in ("global", "layer"):
            masks, _, _ = prune(method, 0.6, weights, (x, y), Form("tanh"), scope, rounds=5)
            totals = [sum(sizes)] if scope == "global" else sizes
            kept = [sum(int(m.sum()) for m in masks)] if scope == "global" else [int(m.sum()) for m in masks]
            expected = [total - int(0.6 * total) for total in totals]
            # A SynFlow threshold may be 0, where neurons have died, and then ties take more than was asked.
            exact = kept == expected or (method == "synflow" and all(k <= e for k, e in zip(kept, expected)))
            assert exact, f"{method} {scope}: kept {kept}, expected {expected}"
    print("all checks passed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--method", choices=METHODS)
    parser.add_argument("--sparsity", type=float, help="fraction removed, at least 0 and below 1")
    parser.add_argument("--scope", choices=("global", "layer"), default="global")
    parser.add_argument("--rounds", type=int, help="default 100 for synflow, 1 for the others")
    parser.add_argument("--schedule", choices=("exponential", "linear"), default="exponential")
    parser.add_argument("--activation", choices=tuple(ACTIVATIONS), default="relu")
    parser.add_argument("--parametrization", choices=("standard", "ntk"), default="standard")
    parser.add_argument("--weights")
    parser.add_argument("--batch", help="x and y; needed by snip and grasp")
    parser.add_argument("--out")
    parser.add_argument("--save-scores", help="writes the last round's scores, F64; -inf marks weights gone before it")
    parser.add_argument("--dtype", choices=tuple(DTYPES), default="float32", help="synflow is always float64")
    parser.add_argument("--self-check", action="store_true")
    args = parser.parse_args()
    if args.self_check:
        return self_check()
    for needed in ("method", "sparsity", "weights", "out"):
        if getattr(args, needed) is None:
            parser.error(f"--{needed} is required")
    if not 0 <= args.sparsity < 1:
        parser.error(f"--sparsity {args.sparsity}: expected at least 0 and below 1")
    if args.rounds is not None and args.rounds < 1:
        parser.error(f"--rounds {args.rounds}: expected at least 1")
    if args.method in ("snip", "grasp") and args.batch is None:
        parser.error(f"--method {args.method} needs --batch")

    dtype = DTYPES[args.dtype]
    named = load_matrices(args.weights, dtype)
    batch = load_batch(args.batch, dtype) if args.batch and args.method in ("snip", "grasp") else None
    start = time.perf_counter()
    masks, scores, thresholds = prune(
        args.method, args.sparsity, list(named.values()), batch,
        Form(args.activation, args.parametrization), args.scope, args.rounds, args.schedule,
    )
    seconds = time.perf_counter() - start
    st.save(args.out, {name: mask.to(torch.uint8).numpy() for name, mask in zip(named, masks)})
    if args.save_scores:
        st.save(args.save_scores, {name: score.double().numpy() for name, score in zip(named, scores)})
    kept = [int(mask.sum(dtype=torch.float64)) for mask in masks]
    finite = [tau if math.isfinite(tau) else None for tau in thresholds]
    print(json.dumps({
        "method": args.method,
        "sparsity": args.sparsity,
        "scope": args.scope,
        "kept": sum(kept),
        "total": sum(mask.numel() for mask in masks),
        "threshold": finite[0] if args.scope == "global" else finite,
        "layers": [
            {"name": name, "shape": list(mask.shape), "kept": count, "density": count / mask.numel()}
            for name, mask, count in zip(named, masks, kept)
        ],
        "seconds": seconds,
    }))


if __name__ == "__main__":
    run(main)
