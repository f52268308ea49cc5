"""Whether the network that the command reads from a model's weights is the model."""

import sys
import warnings

import numpy

from .models import ModelError, numpy_of

#: Samples that are run through both.
SAMPLES = 8
#: What rounding may make of two orders of adding up, of the largest output; numbers of 16 bits round more.
TOLERANCE, TOLERANCE_OF_HALVES = 1e-3, 0.05

ACTIVATIONS = {
    "relu": lambda z: numpy.maximum(z, 0),
    "tanh": numpy.tanh,
    "linear": lambda z: z,
}


class Reading:
    """How the command is to read a model: flags, or None where it finds out for itself."""

    def __init__(self, activation=None, order=None):
        self.activation = activation
        self.order = order


def read_module(model, x=None, activation=None):
    """The activation and the order of layers by which fully connected layers compute what a PyTorch module does.

    Weights say nothing of what is between them: it is found by running some samples through the module, as for evaluation, and
    through its linear layers in the order in which it has them.

    Raises ModelError where no activation makes them agree. A module with convolutions, and one that takes no such samples, is left
    to the command, with a warning.
    """
    torch = sys.modules["torch"]
    linear = [(name, module) for name, module in model.named_modules() if isinstance(module, torch.nn.Linear)]
    others = [
        type(module).__name__
        for module in model.modules()
        if not isinstance(module, torch.nn.Linear) and any(True for _ in module.parameters(recurse=False))
    ]
    if not linear or any("Conv" in name for name in others):
        return Reading(activation)
    samples = samples_for(model, linear[0][1], x)
    try:
        expected = outputs_of(model, samples)
    except (RuntimeError, ValueError, TypeError) as error:
        line = str(error).splitlines()[0] if str(error) else type(error).__name__
        warnings.warn(
            f"Not checked whether fully connected layers compute what the model does, which did not run: {line}",
            stacklevel=3,
        )
        return Reading(activation)
    names = [activation] if activation in ACTIVATIONS else [] if activation else list(ACTIVATIONS)
    if activation and not names:
        return Reading(activation)
    inputs = numpy_of(samples.float()).reshape(len(samples), -1).astype(numpy.float64)
    layers = [module for _, module in linear]
    errors = {name: difference(chain(inputs, layers, ACTIVATIONS[name]), expected) for name in names}
    nearest = min(names, key=errors.get)
    if errors[nearest] <= (TOLERANCE_OF_HALVES if samples.element_size() == 2 else TOLERANCE):
        return Reading(nearest, [f"{layer}.weight" for layer, _ in linear])
    also = f" (it also has {', '.join(sorted(set(others)))})" if others else ""
    raise ModelError(
        f"Expected a model that its linear layers compute one after another with {' or '.join(names)} between them "
        f"but found one that computes something else{also}"
    )


def samples_for(model, first, x):
    torch = sys.modules["torch"]
    weight = next(model.parameters())
    if x is None:
        generator = torch.Generator().manual_seed(0)
        samples = torch.randn(SAMPLES, first.in_features, generator=generator)
    else:
        samples = (x if isinstance(x, torch.Tensor) else torch.as_tensor(numpy.asarray(x)))[:SAMPLES]
    return samples.to(device=weight.device, dtype=weight.dtype)


def outputs_of(model, samples):
    torch = sys.modules["torch"]
    training = {module: module.training for module in model.modules()}
    try:
        model.eval()
        with torch.no_grad():
            return numpy_of(model(samples).float()).astype(numpy.float64)
    finally:
        for module, was in training.items():
            module.training = was


def chain(inputs, layers, activation):
    """What the layers compute of inputs [B, d], in float64; None where they do not fit."""
    signal = inputs
    for at, layer in enumerate(layers):
        if signal.shape[1] != layer.in_features:
            return None
        weight = numpy_of(layer.weight.detach().float()).astype(numpy.float64)
        signal = signal @ weight.T
        if layer.bias is not None:
            signal = signal + numpy_of(layer.bias.detach().float()).astype(numpy.float64)
        if at < len(layers) - 1:
            signal = activation(signal)
    return signal


def difference(found, expected):
    """The largest, of the largest output; infinite where the two are of different shapes."""
    if found is None or found.shape != expected.shape or not numpy.isfinite(expected).all():
        return numpy.inf
    return numpy.abs(found - expected).max() / max(numpy.abs(expected).max(), 1e-30)
