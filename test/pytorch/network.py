"""The masked multi-layer perceptron in plain torch, and the files its weights, masks and batches live in."""

import math
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

import st

ACTIVATIONS = {"relu": torch.relu, "erf": torch.erf, "tanh": torch.tanh, "linear": lambda z: z}
DTYPES = {"float32": torch.float32, "float64": torch.float64}


@dataclass(frozen=True)
class Form:
    """What a network is beside its weights. Under `ntk`, layer l's product is divided by sqrt(its inputs)."""

    activation: str = "relu"
    parametrization: str = "standard"


def forward(form: Form, weights: list[Tensor], x: Tensor) -> Tensor:
    """Outputs [B, C] of inputs [B, d]; weights are [out, in], without biases."""
    h = x
    for index, weight in enumerate(weights):
        z = torch.nn.functional.linear(h, weight)
        if form.parametrization == "ntk":
            z = z / math.sqrt(weight.shape[1])
        h = ACTIVATIONS[form.activation](z) if index + 1 < len(weights) else z
    return h


def natural_key(name: str) -> list:
    """Orders `layers.2` before `layers.10`."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def load_matrices(path: str, dtype: torch.dtype) -> dict[str, Tensor]:
    """A file's 2-D tensors in natural order of their names; each must take what the one before it gives."""
    found = {}
    for name, array in sorted(st.load(path).items(), key=lambda item: natural_key(item[0])):
        if array.ndim == 2:
            found[name] = torch.from_numpy(array).to(dtype)
        else:
            print(f"{path}: {name} has shape {list(array.shape)} and is ignored", file=sys.stderr)
    shapes = [tuple(tensor.shape) for tensor in found.values()]
    if not shapes:
        raise ValueError(f"{path}: expected at least one 2-D tensor")
    for below, above in zip(shapes, shapes[1:]):
        if above[1] != below[0]:
            raise ValueError(f"{path}: a layer of shape {above} cannot follow one of shape {below}")
    return found


def load_masks(path: str | None, weights: dict[str, Tensor]) -> list[Tensor]:
    """The masks of the same names and shapes as the weights, as 0 and 1 in the weights' dtype; all 1 without a file."""
    if path is None:
        return [torch.ones_like(weight) for weight in weights.values()]
    stored = st.load(path)
    masks = []
    for name, weight in weights.items():
        if name not in stored or stored[name].shape != tuple(weight.shape):
            raise ValueError(f"{path}: expected a mask {name} of shape {list(weight.shape)}")
        masks.append(torch.from_numpy(stored[name] != 0).to(weight.dtype))
    return masks


def load_batch(path: str, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """`x` [B, d] and integer labels `y` [B]."""
    tensors = st.load(path)
    if "x" not in tensors or "y" not in tensors or tensors["y"].shape != tensors["x"].shape[:1]:
        raise ValueError(f"{path}: expected tensors x [B, d] and y [B]")
    return torch.from_numpy(tensors["x"]).to(dtype), torch.from_numpy(tensors["y"].astype("int64"))


def run(main: Callable[[], None]) -> None:
    """Runs a script; a bad file or argument is one line on stderr and exit code 1."""
    try:
        main()
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")
