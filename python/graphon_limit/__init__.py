"""Masks of PyTorch networks: the graphons they converge to, compared, and what they do to training.

A thin layer over the command line of graphon-limit, which computes::

    import graphon_limit as gl

    result = gl.compare(model, x=x, y=y, methods=["snip", "magnitude"], train_steps=100)
    result                       # in a notebook: what it comes to, a table, the figures
    result.masks["snip"]["accuracy"]
    gl.graphon(model)            # in a notebook: the graphon of each layer's mask

PyTorch is imported only where a model is given.
"""

from .command import CommandNotFoundError, GraphonLimitError, UsageError, command, run
from .comparing import Comparison, compare
from .estimating import Graphons, graphon, graphons
from .figure import Figure
from .models import ModelError, masks, save

__version__ = "0.1.0"

__all__ = [
    "CommandNotFoundError",
    "Comparison",
    "Figure",
    "GraphonLimitError",
    "Graphons",
    "ModelError",
    "UsageError",
    "command",
    "compare",
    "graphon",
    "graphons",
    "masks",
    "run",
    "save",
]
