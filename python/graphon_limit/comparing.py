"""Masks of one network compared."""

import html
import json
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy

from .command import UsageError, run, words_of
from .figure import Figure
from .models import is_module, is_path, mask_file, masks_of_module, numpy_of, weight_file
from .reading import Reading, read_module
from .tensors import write_tensors

#: The figures of a report, in its order; those that a comparison has.
FIGURES = ["sorted-masks", "output-layer", "degrees-inputs", "degrees-outputs", "eigenvalues", "losses"]


class Comparison:
    """What a comparison came to; a notebook shows its findings, a table and the figures."""

    def __init__(self, result, folder):
        #: By mask: ``kept``, ``density``, ``layers``, ``loss``, ``accuracy``, ``kernel``, ``training``.
        self.masks = {mask["name"]: mask for mask in result["masks"]}
        #: One for each pair of masks and each layer: ``a``, ``b``, ``layer``, ``cut_norm_low``, ``cut_norm_floor``, ``beyond_noise``, …
        self.distances = result["distances"]
        #: What is different and what is not, in sentences.
        self.findings = result["findings"]
        #: What was guessed or left out.
        self.notices = result["notices"]
        #: By name: ``sorted-masks``, ``degrees-inputs``, ``eigenvalues``, …
        self.figures = {
            name: Figure((folder / f"{name}.svg").read_text("utf8"))
            for name in FIGURES
            if (folder / f"{name}.svg").is_file()
        }
        #: The report, one HTML page.
        self.report = (folder / "report.html").read_text("utf8")

    def save(self, path):
        """Writes the report."""
        Path(path).write_text(self.report, "utf8")

    def _rows(self):
        first = next(iter(self.masks.values()))
        columns = ["mask", "kept", "density"]
        columns += ["loss", "accuracy", "kernel's trace", "alignment"] if first["kernel"] else []
        columns += ["loss after training", "accuracy after training"] if "training" in first else []
        rows = []
        for name, mask in self.masks.items():
            kernel, training = mask["kernel"] or {}, mask.get("training", {})
            values = {
                **{"mask": name, "kept": str(mask["kept"]), "density": mask["density"]},
                **{"loss": mask["loss"], "accuracy": mask["accuracy"]},
                **{"kernel's trace": kernel.get("trace"), "alignment": kernel.get("alignment")},
                **{"loss after training": training.get("loss"), "accuracy after training": training.get("accuracy")},
            }
            rows.append([shown(values[column]) for column in columns])
        return columns, rows

    def _repr_html_(self):
        columns, rows = self._rows()
        head = "".join(f'<th scope="col">{html.escape(column)}</th>' for column in columns)
        body = "".join(
            f'<tr><th scope="row" style="text-align: left">{html.escape(name)}</th>'
            + "".join(f'<td style="text-align: right">{html.escape(cell)}</td>' for cell in cells)
            + "</tr>"
            for name, *cells in rows
        )
        said = "".join(f"<p>{html.escape(line)}</p>" for line in self.findings)
        drawn = "".join(f"<div>{figure.as_image()}</div>" for figure in self.figures.values())
        return f"<div>{said}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{drawn}</div>"

    def __repr__(self):
        columns, rows = self._rows()
        widths = [max(len(row[at]) for row in [columns, *rows]) for at in range(len(columns))]
        lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths)) for row in [columns, *rows]]
        return "\n".join([*lines, "", *self.findings])


def shown(value):
    return "–" if value is None else value if isinstance(value, str) else f"{value:.4g}"


def compare(
    model,
    masks=None,
    x=None,
    y=None,
    *,
    methods=(),
    sparsity=None,
    controls=None,
    dataset=None,
    data_dir=None,
    samples=None,
    train_steps=None,
    batch_size=None,
    learning_rate=None,
    grid=None,
    activation=None,
    order=None,
    seed=0,
    device=None,
    out=None,
    quiet=False,
):
    """Compares masks of one network: what they keep, how far their graphons are apart, what the masked networks compute.

    :param model: a ``torch.nn.Module`` of fully connected layers, a mapping of arrays by the names of PyTorch's, or the path of a file
    :param masks: masks by the names that the report calls them, each a mapping of arrays, a pruned module or a path; left out, those that
        ``torch.nn.utils.prune`` has put on the model, called ``model``
    :param x: samples ``[B, d]`` or images ``[B, C, H, W]``, taken as they are
    :param y: the class of each, ``[B]``
    :param methods: methods to prune by beside the masks: ``"snip"``, ``"synflow"``, …, or the path of a pruner
    :param sparsity: what the methods remove; as the first of the masks do where it is left out
    :param controls: random masks beside: ``"random"``, ``"quota"``; both where it is left out, ``()`` for none
    :param dataset: the name of a data set in place of ``x`` and ``y``; ``data_dir`` the folder of its files
    :param samples: inputs of the tangent kernels
    :param train_steps: steps of Adam under each mask
    :param activation: found by running the model; to be given for weights in a file, if it is not ReLU
    :param order: names of the layers from the inputs on, where names and shapes do not tell
    :param out: folder to keep the report, the tables and the figures in
    :raises ModelError: where the layers do not compute what the model does
    :raises GraphonLimitError: with the command's one line
    """
    if (x is None) != (y is None):
        raise UsageError(f"Expected x and y but found {'y' if x is None else 'x'} alone")
    reading = Reading(activation)
    if is_module(model) and order is None:
        reading = read_module(model, x, activation)
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        report = Path(out) if out is not None else place / "report"
        flags = {
            "weights": weight_file(model, place / "weights.safetensors"),
            "batch": None if x is None else batch_file(x, y, place / "batch.safetensors"),
            **{"methods": list(methods) or None, "sparsity": sparsity, "dataset": dataset, "data_dir": data_dir},
            **{"samples": samples, "train_steps": train_steps, "batch_size": batch_size},
            **{"learning_rate": learning_rate, "grid": grid, "activation": reading.activation},
            **{"order": order or reading.order, "seed": seed, "device": device, "out": report},
        }
        words = words_of(flags)
        if controls is not None:
            words += ["--controls", ",".join(controls) or "none"]
        for name, path in mask_files(model, masks, place):
            words += ["--masks", f"{name}={path}"]
        result = run("compare", *words, quiet=quiet, scratch=place)
        for name in ("report.html", "compare.json"):
            forget_scratch(report / name, place)
        return Comparison(result, report)


def forget_scratch(path, scratch):
    """Files that are gone once this is over are called by their names alone in the command that a result says it is of."""
    text, folder = path.read_text("utf8"), str(scratch) + os.sep
    for written in {folder, html.escape(folder), json.dumps(folder)[1:-1]}:
        text = text.replace(written, "")
    path.write_text(text, "utf8")


def batch_file(x, y, target):
    write_tensors(target, {"x": numpy_of(x), "y": numpy.asarray(numpy_of(y))})
    return target


def mask_files(model, masks, folder):
    """Names and files of the masks to compare; a file keeps its place, another is written."""
    if masks is None:
        own = is_module(model) and masks_of_module(model)
        masks = {"model": model} if own else {}
    if not isinstance(masks, Mapping) or any(not isinstance(name, str) or "=" in name for name in masks):
        raise UsageError("Expected masks by name, such as {'mine': model}")
    if any(not (is_path(each) or is_module(each) or isinstance(each, Mapping)) for each in masks.values()):
        raise UsageError("Expected masks by name, each with a mapping of arrays, a module or a path: {'mine': {…}}")
    return [(name, mask_file(each, folder / file_name(name, at))) for at, (name, each) in enumerate(masks.items())]


def file_name(name, at):
    """What notices call the masks of that name."""
    plain = re.sub(r"[^\w -]", "", name).strip()
    return f"{plain or 'masks'} {at + 1}.safetensors"
