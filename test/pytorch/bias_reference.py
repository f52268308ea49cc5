"""Networks with biases the plain PyTorch way: a torch.nn.Sequential of its own Linear layers, in float64.

    python3 bias_reference.py --batch B.safetensors --folder F [--widths 784,200,200,200,10]

Saves `weights` under PyTorch's names, the masks of every method as `<method>`, the tangent kernels under SNIP's masks as
`kernel`, and prints {"losses": [...]} of Adam under the same masks. Only weights are pruned, as with the public code of the
methods: GraSP's gradient and Hessian product are over them alone, while SynFlow's linear network runs |W| and |b|, and training
and tangent kernels take biases for parameters like any other. `--self-check` verifies the scores by numerical differentiation
and by enumerating paths.
"""

import argparse
import json
import math

import numpy as np
import torch
from torch import Tensor

import st
from network import load_batch, run
from prune_reference import GRASP_TEMPERATURE, keep_above, removal_counts

METHODS = ("magnitude", "snip", "grasp", "synflow")


def sequential(widths: list[int], seed: int) -> torch.nn.Sequential:
    """Linear layers with PyTorch's own initial weights and biases, ReLU between them."""
    torch.manual_seed(seed)
    modules = [m for i, o in zip(widths, widths[1:]) for m in (torch.nn.Linear(i, o), torch.nn.ReLU())]
    return torch.nn.Sequential(*modules[:-1]).double()


def forward(weights: list[Tensor], biases: list[Tensor], x: Tensor) -> Tensor:
    """Outputs [B, C] of inputs [B, d]."""
    h = x
    for index, (weight, bias) in enumerate(zip(weights, biases)):
        z = torch.nn.functional.linear(h, weight, bias)
        h = torch.relu(z) if index + 1 < len(weights) else z
    return h


def tempered_loss(
    weights: list[Tensor], biases: list[Tensor], masks: list[Tensor], batch: tuple[Tensor, Tensor], temperature: float
) -> Tensor:
    outputs = forward([w * m for w, m in zip(weights, masks)], biases, batch[0])
    return torch.nn.functional.cross_entropy(outputs / temperature, batch[1])


def scores_of(
    method: str, weights: list[Tensor], biases: list[Tensor], masks: list[Tensor], batch: tuple[Tensor, Tensor]
) -> list[Tensor]:
    leaves = [weight.detach().clone().requires_grad_() for weight in weights]
    if method == "magnitude":
        scores = [weight.abs() for weight in weights]
    elif method == "snip":
        gradients = torch.autograd.grad(tempered_loss(leaves, biases, masks, batch, 1), leaves)
        scores = [(w * g).abs() for w, g in zip(weights, gradients)]
    elif method == "grasp":
        loss = tempered_loss(leaves, biases, masks, batch, GRASP_TEMPERATURE)
        gradients = torch.autograd.grad(loss, leaves, create_graph=True)
        inner = sum((g.detach() * g).sum() for g in gradients)
        scores = [w * hg for w, hg in zip(weights, torch.autograd.grad(inner, leaves))]
    else:
        leaves = [weight.abs().requires_grad_() for weight in weights]
        signal = torch.ones(weights[0].shape[1], dtype=weights[0].dtype)
        for leaf, mask, bias in zip(leaves, masks, biases):
            signal = (leaf * mask) @ signal + bias.abs()
        gradients = torch.autograd.grad(signal.sum(), leaves)
        return [(leaf * g).detach() for leaf, g in zip(leaves, gradients)]
    return [score.masked_fill(mask == 0, -math.inf) for score, mask in zip(scores, masks)]


def prune(
    method: str, sparsity: float, weights: list[Tensor], biases: list[Tensor], batch: tuple[Tensor, Tensor]
) -> list[Tensor]:
    """The masks of all layers together; SynFlow takes 100 rounds, the others one."""
    rounds = 100 if method == "synflow" else 1
    masks = [torch.ones_like(weight) for weight in weights]
    for removed in removal_counts(sum(w.numel() for w in weights), sparsity, rounds, "exponential"):
        masks, _ = keep_above(scores_of(method, weights, biases, masks, batch), masks, [removed])
    return masks


def tangent_kernels(
    weights: list[Tensor], biases: list[Tensor], masks: list[Tensor], x: Tensor
) -> dict[str, Tensor]:
    """`sum` and `trace`, the mean of the classes' own, from the Jacobian in the kept weights and all biases."""
    leaves = [(w * m).requires_grad_() for w, m in zip(weights, masks)] + [
        b.clone().requires_grad_() for b in biases
    ]
    kept = [mask != 0 for mask in masks] + [torch.ones_like(bias, dtype=torch.bool) for bias in biases]
    classes = len(biases[-1])

    def gram(cotangent: Tensor) -> Tensor:
        rows = []
        for sample in x:
            value = forward(leaves[: len(weights)], leaves[len(weights) :], sample[None])[0] @ cotangent
            rows.append(torch.cat([g[k] for g, k in zip(torch.autograd.grad(value, leaves), kept)]))
        jacobian = torch.stack(rows)
        return jacobian @ jacobian.T

    each = torch.eye(classes, dtype=x.dtype)
    return {"sum": gram(each.sum(0)), "trace": sum(gram(cotangent) for cotangent in each) / classes}


def train(
    weights: list[Tensor],
    biases: list[Tensor],
    masks: list[Tensor],
    batch: tuple[Tensor, Tensor],
    steps: int,
    batch_size: int,
    learning_rate: float,
) -> list[float]:
    """Adam's losses on the rows in order, wrapping round; masked weights stay zero."""
    (x, y), leaves = batch, [(w * m).requires_grad_() for w, m in zip(weights, masks)]
    for leaf, mask in zip(leaves, masks):
        leaf.register_hook(lambda gradient, mask=mask: gradient * mask)
    offsets = [bias.clone().requires_grad_() for bias in biases]
    update, losses = torch.optim.Adam(leaves + offsets, lr=learning_rate), []
    for step in range(steps):
        rows = torch.arange(step * batch_size, (step + 1) * batch_size) % len(x)
        loss = torch.nn.functional.cross_entropy(forward(leaves, offsets, x[rows]), y[rows])
        update.zero_grad()
        loss.backward()
        update.step()
        losses.append(loss.item())
    return losses


def parameters_of(network: torch.nn.Sequential) -> tuple[list[Tensor], list[Tensor]]:
    """Weights and biases, rounded to the float32 in which they are saved."""
    named = {name: tensor.float().double() for name, tensor in network.state_dict().items()}
    return (
        [tensor for name, tensor in named.items() if name.endswith("weight")],
        [tensor for name, tensor in named.items() if name.endswith("bias")],
    )


def self_check() -> None:
    """Outputs, scores and kernels against independent calculations on a tiny network."""
    widths = [4, 5, 3, 2]
    network = sequential(widths, 3)
    network.load_state_dict({name: tensor.float().double() for name, tensor in network.state_dict().items()})
    weights, biases = parameters_of(network)
    x, y = torch.randn(7, 4, dtype=torch.float64), torch.randint(2, (7,))
    masks = [(torch.rand_like(weight) > 0.3).double() for weight in weights]
    full = [torch.ones_like(weight) for weight in weights]
    assert torch.allclose(forward(weights, biases, x), network(x), rtol=1e-14), "nn.Sequential's own outputs"

    def close(name: str, found: Tensor, expected: Tensor, tolerance: float) -> None:
        error = ((found - expected).abs().max() / expected.abs().max()).item()
        print(f"{name}: relative error {error:.2e}")
        assert error < tolerance, f"{name}: {error} is not below {tolerance}"

    def gradient(at: list[Tensor], layer: int, masks: list[Tensor]) -> Tensor:
        leaves = [weight.clone().requires_grad_() for weight in at]
        return torch.autograd.grad(tempered_loss(leaves, biases, masks, (x, y), GRASP_TEMPERATURE), leaves)[layer]

    for label, masks in (("dense", full), ("masked", masks)):
        slopes = [gradient(weights, layer, masks) for layer in range(3)]
        step = 1e-3 / max(slope.abs().max() for slope in slopes)
        moved = [[w + sign * step * g for w, g in zip(weights, slopes)] for sign in (1, -1)]
        for layer, (weight, mask) in enumerate(zip(weights, masks)):
            product = (gradient(moved[0], layer, masks) - gradient(moved[1], layer, masks)) / (2 * step)
            found = scores_of("grasp", weights, biases, masks, (x, y))[layer]
            close(f"grasp {label} {layer}", found[mask != 0], (weight * product)[mask != 0], 1e-5)
            snip = scores_of("snip", weights, biases, masks, (x, y))[layer]
            numerical = torch.zeros_like(weight)
            for index in np.ndindex(*weight.shape):
                ends = []
                for sign in (1, -1):
                    shifted = [w.clone() for w in weights]
                    shifted[layer][index] += sign * 1e-6
                    ends.append(tempered_loss(shifted, biases, masks, (x, y), 1))
                numerical[index] = (weight[index] * (ends[0] - ends[1]) / 2e-6).abs()
            close(f"snip {label} {layer}", snip[mask != 0], numerical[mask != 0], 1e-6)

        # Paths from every input and, by its bias, from every neuron.
        expected = [torch.zeros_like(weight) for weight in weights]
        starts = [(0, j, 1.0) for j in range(widths[0])]
        starts += [(l + 1, i, b.abs().item()) for l, bias in enumerate(biases) for i, b in enumerate(bias)]
        for first, start, factor in starts:
            for rest in np.ndindex(*widths[first + 1 :]):
                nodes = (start, *rest)
                edges = [(first + s, (i, j)) for s, (j, i) in enumerate(zip(nodes, nodes[1:]))]
                value = factor * math.prod(weights[l][e].abs().item() * masks[l][e].item() for l, e in edges)
                for l, edge in edges:
                    expected[l][edge] += value
        for layer, found in enumerate(scores_of("synflow", weights, biases, masks, (x, y))):
            close(f"synflow {label} {layer}", found, expected[layer], 1e-12)

        kernels, step = tangent_kernels(weights, biases, masks, x), 1e-6
        columns = []
        for parameters, kept in ((weights, masks), (biases, [torch.ones_like(bias) for bias in biases])):
            for layer, tensor in enumerate(parameters):
                for index in np.ndindex(*tensor.shape):
                    if kept[layer][index] == 0:
                        continue
                    outputs = []
                    for sign in (1, -1):
                        shifted = [[p.clone() for p in group] for group in (weights, biases)]
                        (shifted[0] if parameters is weights else shifted[1])[layer][index] += sign * step
                        outputs.append(forward([w * m for w, m in zip(shifted[0], masks)], shifted[1], x))
                    columns.append((outputs[0] - outputs[1]) / (2 * step))
        jacobian = torch.stack(columns)
        close(f"kernel trace {label}", kernels["trace"], torch.einsum("pnc,pmc->nm", jacobian, jacobian) / 2, 1e-6)
        summed = jacobian.sum(2)
        close(f"kernel sum {label}", kernels["sum"], summed.T @ summed, 1e-6)
    print("all checks passed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", help="x and y")
    parser.add_argument("--folder", help="where everything is written")
    parser.add_argument("--widths", default="784,200,200,200,10")
    parser.add_argument("--sparsity", type=float, default=0.8)
    parser.add_argument("--samples", type=int, default=30, help="of the kernel, the first of the batch")
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--learning-rate", type=float, default=0.001)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--self-check", action="store_true")
    args = parser.parse_args()
    if args.self_check:
        return self_check()
    if args.batch is None or args.folder is None:
        parser.error("--batch and --folder are required")
    network = sequential([int(width) for width in args.widths.split(",")], args.seed)
    named = {name: tensor.float().numpy() for name, tensor in network.state_dict().items()}
    st.save(f"{args.folder}/weights", named)
    weights, biases = parameters_of(network)
    batch = load_batch(args.batch, torch.float64)
    names = [name for name in named if name.endswith("weight")]
    found = {method: prune(method, args.sparsity, weights, biases, batch) for method in METHODS}
    for method, masks in found.items():
        st.save(f"{args.folder}/{method}", {n: m.to(torch.uint8).numpy() for n, m in zip(names, masks)})
    kernels = tangent_kernels(weights, biases, found["snip"], batch[0][: args.samples])
    st.save(f"{args.folder}/kernel", {output: kernel.numpy() for output, kernel in kernels.items()})
    rates = (args.steps, args.batch_size, args.learning_rate)
    print(json.dumps({"losses": train(weights, biases, found["snip"], batch, *rates)}))


if __name__ == "__main__":
    run(main)
