"""Graphons: read from files, and estimated of masks."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy

from .command import GraphonLimitError, run, words_of
from .figure import Figure
from .models import mask_file
from .tensors import read_tensors


class Graphons(Mapping):
    """Graphons by the names of their layers, arrays ``[outputs, inputs]`` of densities; a notebook shows them as heat maps."""

    def __init__(self, arrays, layers, notices, figure):
        self._arrays = arrays
        #: What the command says of each layer: ``name``, ``density``, ``dead_inputs``, ``dead_outputs``, …
        self.layers = layers
        #: What was guessed or left out.
        self.notices = notices
        self.figure = figure

    def __getitem__(self, name):
        return self._arrays[name]

    def __iter__(self):
        return iter(self._arrays)

    def __len__(self):
        return len(self._arrays)

    def _repr_svg_(self):
        return self.figure.svg

    def __repr__(self):
        shapes = ", ".join(f"{name} {'×'.join(map(str, array.shape))}" for name, array in self.items())
        return f"<Graphons: {shapes}>"


def graphons(path):
    """The graphons in a file of ``graphon --out`` or ``limit --out``, float64 arrays by the number of their layer."""
    found = {
        int(name[len("graphon.") :]): array.astype(numpy.float64)
        for name, array in read_tensors(path).items()
        if name.startswith("graphon.") and name[len("graphon.") :].isdigit()
    }
    if not found:
        raise GraphonLimitError(f"{path}: expected graphons, tensors named graphon.1, but found none")
    return dict(sorted(found.items()))


def graphon(model, *, layers="all", grid=None, estimator=None, order=None, seed=0, quiet=False):
    """Estimates the graphon of each layer's mask.

    :param model: a ``torch.nn.Module`` that ``torch.nn.utils.prune`` has pruned, a mapping of masks (arrays of 0 and 1
        ``[outputs, inputs]`` by name), or the path of a file with masks
    :param layers: ``"all"``, ``"hidden"`` or ``"network"``
    :param grid: cells per axis
    :param estimator: one of the command's, such as ``"neighbourhood"``
    :param order: names of the layers from the inputs on, where names and shapes do not tell
    :raises GraphonLimitError: with the command's one line
    """
    with tempfile.TemporaryDirectory() as folder:
        out, figure = Path(folder, "graphons.safetensors"), Path(folder, "graphons.svg")
        flags = {
            "masks": mask_file(model, Path(folder, "masks.safetensors")),
            **{"layers": layers, "grid": grid, "estimator": estimator, "order": order, "seed": seed},
            **{"out": out, "figure": figure},
        }
        result = run("graphon", *words_of(flags), quiet=quiet, scratch=folder)
        arrays = graphons(out)
        by_name = {layer["name"]: arrays[layer["index"]] for layer in result["layers"]}
        return Graphons(by_name, result["layers"], result["notices"], Figure(figure.read_text("utf8")))
