"""Networks and masks: from PyTorch and from arrays into files, and back."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy

from .command import GraphonLimitError
from .tensors import BFloat16, read_tensors, write_tensors

#: How `torch.nn.utils.prune` ends the names of weights and masks.
ORIGINAL, MASK = "_orig", "_mask"


class ModelError(GraphonLimitError, ValueError):
    """A model, or masks, that cannot be taken as they are."""


def is_module(value):
    """Whether it is a PyTorch module; PyTorch is not imported for that: where there is a module, it has been."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.nn.Module)


def is_path(value):
    return isinstance(value, (str, os.PathLike))


def save(model, path):
    """Writes a PyTorch module to a safetensors file: weights, biases, masks of ``torch.nn.utils.prune``, under their own names."""
    if not is_module(model):
        raise ModelError(f"Expected a torch.nn.Module but found {type(model).__name__}")
    write_tensors(path, {name: numpy_of(tensor) for name, tensor in model.state_dict().items()})


def numpy_of(tensor):
    """A tensor of PyTorch's, or anything that NumPy takes, as an array."""
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(tensor, torch.Tensor):
        return numpy.asarray(tensor)
    plain = tensor.detach().cpu().contiguous()
    if plain.dtype == torch.bfloat16:
        return BFloat16(plain.view(torch.int16).numpy().view(numpy.uint16))
    return plain.numpy()


def masks(path):
    """The masks in a file by the names of their weights, arrays of 0 and 1, uint8.

    Of a file that ``save`` wrote, its ``…_mask``; of one that the command wrote, all tensors.

    Raises GraphonLimitError where there are none, or some element is neither 0 nor 1.
    """
    tensors = read_tensors(path)
    named = {name[: -len(MASK)]: array for name, array in tensors.items() if name.endswith(MASK)}
    return checked_masks(named or tensors, str(path))


def checked_masks(arrays, source):
    """Masks as the command reads them, uint8 of 0 and 1."""
    if not arrays:
        raise ModelError(f"{source}: expected masks but found none")
    for name, array in arrays.items():
        if isinstance(array, BFloat16) or not numpy.isin(array, (0, 1)).all():
            raise ModelError(f"{source}: expected {name} to be a mask of 0 and 1 but found other elements")
    return {name: numpy.asarray(array).astype(numpy.uint8) for name, array in arrays.items()}


def masks_of_module(model):
    """The masks that ``torch.nn.utils.prune`` has put on a module, by the names of the weights; none for one that is not pruned."""
    buffers = {name: numpy_of(buffer) for name, buffer in model.named_buffers() if name.endswith(MASK)}
    return {name[: -len(MASK)]: array for name, array in buffers.items() if not name.endswith("bias" + MASK)}


def mask_file(source, target):
    """The path of a file with these masks: the one given, or ``target``, which is written."""
    if is_path(source):
        return Path(source)
    if is_module(source):
        arrays, found = masks_of_module(source), "the model"
    elif isinstance(source, Mapping):
        arrays, found = {name: numpy_of(value) for name, value in source.items()}, "the masks"
        arrays = {name[: -len(MASK)] if name.endswith(MASK) else name: array for name, array in arrays.items()}
    else:
        raise ModelError(
            "Expected masks as a torch.nn.Module, a mapping of arrays by name or a path "
            f"but found {type(source).__name__}"
        )
    write_tensors(target, checked_masks(arrays, found))
    return target


def weight_file(model, target):
    """The path of a file with this network's weights and biases: the one given, or ``target``, which is written."""
    if is_path(model):
        return Path(model)
    if is_module(model):
        # Its masks, where it has some, are told apart from the weights: the command would say that it leaves them out.
        tensors = {name: tensor for name, tensor in model.state_dict().items() if not name.endswith(MASK)}
        plain = {name[: -len(ORIGINAL)] if name.endswith(ORIGINAL) else name: each for name, each in tensors.items()}
        write_tensors(target, {name: numpy_of(tensor) for name, tensor in plain.items()})
    elif isinstance(model, Mapping):
        write_tensors(target, {name: numpy_of(value) for name, value in model.items()})
    else:
        raise ModelError(
            "Expected a torch.nn.Module, a mapping of arrays by name or a path "
            f"but found {type(model).__name__}"
        )
    return target
