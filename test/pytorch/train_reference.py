"""Trains a masked network with torch's own optimisers on a data set's rows in order, wrapping round.

    python3 train_reference.py --weights W.safetensors --masks M.safetensors --batch-source mnist --data-dir mnist \\
        --steps 200 --batch-size 64 --optimizer adam --learning-rate 0.001

Prints {"losses": [...]}: the mean cross-entropy of each step's batch, before that step's update.
"""

import argparse
import json

import torch

import st
from mnist import load_mnist
from network import ACTIVATIONS, DTYPES, Form, forward, load_batch, load_masks, load_matrices, run


def train(
    form: Form,
    weights: list[torch.Tensor],
    masks: list[torch.Tensor],
    x: torch.Tensor,
    y: torch.Tensor,
    steps: int,
    batch_size: int,
    optimizer: str,
    learning_rate: float,
    momentum: float = 0.9,
) -> tuple[list[float], list[torch.Tensor]]:
    """The losses and the trained weights, whose masked entries are zero throughout."""
    parameters = [(w * m).requires_grad_() for w, m in zip(weights, masks)]
    for parameter, mask in zip(parameters, masks):
        parameter.register_hook(lambda gradient, mask=mask: gradient * mask)
    if optimizer == "adam":
        update = torch.optim.Adam(parameters, lr=learning_rate)
    else:
        update = torch.optim.SGD(parameters, lr=learning_rate, momentum=momentum if optimizer == "momentum" else 0)
    losses = []
    for step in range(steps):
        rows = torch.arange(step * batch_size, (step + 1) * batch_size) % len(x)
        loss = torch.nn.functional.cross_entropy(forward(form, parameters, x[rows]), y[rows])
        update.zero_grad()
        loss.backward()
        update.step()
        losses.append(loss.item())
    return losses, [parameter.detach() for parameter in parameters]


def self_check() -> None:
    """Adam and momentum against their update rules written out, masks held, rows wrapping round."""
    torch.manual_seed(3)
    dtype, form = torch.float64, Form("tanh", "ntk")
    weights = [torch.randn(6, 4, dtype=dtype), torch.randn(3, 6, dtype=dtype)]
    masks = [(torch.rand_like(weight) > 0.4).to(dtype) for weight in weights]
    x, y = torch.randn(7, 4, dtype=dtype), torch.randint(3, (7,))
    for optimizer in ("adam", "sgd", "momentum"):
        losses, trained = train(form, weights, masks, x, y, 9, 5, optimizer, 0.05)
        current = [w * m for w, m in zip(weights, masks)]
        first = [torch.zeros_like(w) for w in weights]
        second = [torch.zeros_like(w) for w in weights]
        for step in range(9):
            rows = [(step * 5 + offset) % 7 for offset in range(5)]
            leaves = [w.clone().requires_grad_() for w in current]
            logits = forward(form, [w * m for w, m in zip(leaves, masks)], x[rows])
            loss = -torch.log_softmax(logits, 1)[range(5), y[rows]].mean()
            assert abs(loss.item() - losses[step]) < 1e-12, f"{optimizer} step {step}: {loss.item()} {losses[step]}"
            for i, g in enumerate(torch.autograd.grad(loss, leaves)):
                if optimizer == "adam":
                    first[i] = 0.9 * first[i] + 0.1 * g
                    second[i] = 0.999 * second[i] + 0.001 * g * g
                    mean, square = first[i] / (1 - 0.9 ** (step + 1)), second[i] / (1 - 0.999 ** (step + 1))
                    current[i] = current[i] - 0.05 * mean / (square.sqrt() + 1e-8)
                else:
                    first[i] = (0.9 if optimizer == "momentum" else 0) * first[i] + g
                    current[i] = current[i] - 0.05 * first[i]
        for w, m, expected in zip(trained, masks, current):
            assert (w[m == 0] == 0).all() and torch.allclose(w, expected, rtol=1e-10, atol=1e-12), optimizer
        print(f"{optimizer}: loss {losses[0]:.4f} to {losses[-1]:.4f}, as its update rule gives")
    print("all checks passed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights")
    parser.add_argument("--masks", help="default: every weight is kept")
    parser.add_argument("--batch-source", default="mnist", help="mnist, or a safetensors file with x and y")
    parser.add_argument("--data-dir", help="the folder of MNIST's IDX files")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--optimizer", choices=("adam", "sgd", "momentum"), default="adam")
    parser.add_argument("--learning-rate", type=float, default=0.001)
    parser.add_argument("--momentum", type=float, default=0.9, help="used by --optimizer momentum")
    parser.add_argument("--activation", choices=tuple(ACTIVATIONS), default="relu")
    parser.add_argument("--parametrization", choices=("standard", "ntk"), default="standard")
    parser.add_argument("--dtype", choices=tuple(DTYPES), default="float32")
    parser.add_argument("--save-weights", help="writes the trained weights")
    parser.add_argument("--self-check", action="store_true")
    args = parser.parse_args()
    if args.self_check:
        return self_check()
    if args.weights is None:
        parser.error("--weights is required")
    dtype = DTYPES[args.dtype]
    named = load_matrices(args.weights, dtype)
    if args.batch_source == "mnist":
        if args.data_dir is None:
            parser.error("--batch-source mnist needs --data-dir")
        pixels, labels = load_mnist(args.data_dir)
        x, y = torch.from_numpy(pixels).to(dtype), torch.from_numpy(labels)
    else:
        x, y = load_batch(args.batch_source, dtype)
    losses, trained = train(
        Form(args.activation, args.parametrization), list(named.values()), load_masks(args.masks, named), x, y,
        args.steps, args.batch_size, args.optimizer, args.learning_rate, args.momentum,
    )
    if args.save_weights:
        st.save(args.save_weights, {name: weight.numpy() for name, weight in zip(named, trained)})
    print(json.dumps({"losses": losses}))


if __name__ == "__main__":
    run(main)
