"""Networks of convolutions and of attention in plain torch, under the names and shapes that files have for them.

Weights are a dict of tensors, `forward(kind, weights, x)` runs one; masks, losses and kernels come from autograd.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

Weights = dict[str, Tensor]

#: Those that may be pruned, by kind of network: 2-D and 4-D, but for positions.
def prunable(weights: Weights) -> list[str]:
    return [name for name, tensor in weights.items() if tensor.ndim > 1 and name != "position"]


def cnn(weights: Weights, x: Tensor, linear: bool = False) -> Tensor:
    count = sum(name.endswith("weight") for name in weights)
    for index in range(count - 1):
        kernel = weights[f"layers.{index}.weight"]
        x = F.conv2d(x, kernel, weights.get(f"layers.{index}.bias"), padding=kernel.shape[-1] // 2)
        x = F.avg_pool2d(x if linear else F.relu(x), 2)
    return F.linear(x.flatten(1), weights[f"layers.{count - 1}.weight"], weights.get(f"layers.{count - 1}.bias"))


def resnet(weights: Weights, x: Tensor, linear: bool = False) -> Tensor:
    phi = (lambda z: z) if linear else F.relu

    def conv(name: str, z: Tensor, stride: int = 1) -> Tensor:
        kernel = weights[f"{name}.weight"]
        return F.conv2d(z, kernel, weights.get(f"{name}.bias"), stride=stride, padding=kernel.shape[-1] // 2)

    x = conv("stem", x)
    names = sorted({tuple(map(int, name.split(".")[1:3])) for name in weights if name.startswith("stages")})
    for stage, block in names:
        name, stride = f"stages.{stage}.{block}", 2 if stage > 0 and block == 0 else 1
        beside = conv(f"{name}.skip", x, 2) if f"{name}.skip.weight" in weights else x
        x = beside + conv(f"{name}.conv2", phi(conv(f"{name}.conv1", phi(x), stride)))
    return F.linear(phi(x).mean((2, 3)), weights["head.weight"], weights.get("head.bias"))


def vit(weights: Weights, x: Tensor, linear: bool = False, heads: int = 4) -> Tensor:
    """`linear`: what SynFlow sees of positive numbers. A norm divides by the root of the mean square, attention's products by their
    sum, both held as they are; GELU is not there."""

    def product(name: str, z: Tensor) -> Tensor:
        return F.linear(z, weights[f"{name}.weight"], weights.get(f"{name}.bias"))

    def norm(name: str, z: Tensor) -> Tensor:
        if linear:
            size = z.pow(2).mean(-1, keepdim=True).sqrt().detach()
            return z / size * weights[f"{name}.weight"] + weights[f"{name}.bias"]
        return F.layer_norm(z, z.shape[-1:], weights[f"{name}.weight"], weights[f"{name}.bias"], 1e-5)

    width, numbers = weights["embed.weight"].shape
    patch = math.isqrt(numbers // x.shape[1])
    h = product("embed", F.unfold(x, patch, stride=patch).transpose(1, 2)) + weights["position"]
    samples, tokens, _ = h.shape
    for block in sorted({int(name.split(".")[1]) for name in weights if name.startswith("blocks")}):
        name = f"blocks.{block}"
        z = norm(f"{name}.norm1", h)
        q, k, v = (product(f"{name}.{part}", z).view(samples, tokens, heads, -1).transpose(1, 2) for part in "qkv")
        products = q @ k.transpose(2, 3) / math.sqrt(width // heads)
        shares = products / products.sum(-1, keepdim=True).detach() if linear else products.softmax(-1)
        h = h + product(f"{name}.o", (shares @ v).transpose(1, 2).reshape(samples, tokens, width))
        inner = product(f"{name}.up", norm(f"{name}.norm2", h))
        h = h + product(f"{name}.down", inner if linear else F.gelu(inner))
    return product("head", norm("norm", h).mean(1))


FORWARD = {"cnn": cnn, "resnet": resnet, "vit": vit}


def draw(kind: str, image: tuple[int, int, int], classes: int, biased: bool) -> Weights:
    """Weights of a small network of each kind as PyTorch's own modules draw them, gains and shifts a little off."""
    channels, height, width = image
    drawn: Weights = {}

    def layer(name: str, module: torch.nn.Module) -> None:
        drawn[f"{name}.weight"] = module.weight.detach()
        if biased:
            drawn[f"{name}.bias"] = module.bias.detach()

    def conv(name: str, inputs: int, outputs: int, kernel: int = 3) -> None:
        layer(name, torch.nn.Conv2d(inputs, outputs, kernel))

    def linear(name: str, inputs: int, outputs: int) -> None:
        layer(name, torch.nn.Linear(inputs, outputs))

    def norm(name: str, size: int) -> None:
        drawn[f"{name}.weight"], drawn[f"{name}.bias"] = 1 + 0.1 * torch.randn(size), 0.1 * torch.randn(size)

    if kind == "cnn":
        for index, (inputs, outputs) in enumerate([(channels, 12), (12, 20)]):
            conv(f"layers.{index}", inputs, outputs)
        linear("layers.2", 20 * (height // 4) * (width // 4), classes)
    elif kind == "resnet":
        conv("stem", channels, 8)
        for stage, (inputs, outputs) in enumerate([(8, 8), (8, 16)]):
            for block in range(2):
                name, first = f"stages.{stage}.{block}", inputs if block == 0 else outputs
                conv(f"{name}.conv1", first, outputs)
                conv(f"{name}.conv2", outputs, outputs)
                if stage > 0 and block == 0:
                    conv(f"{name}.skip", inputs, outputs, 1)
        linear("head", 16, classes)
    else:
        size, patch = 32, 7
        linear("embed", channels * patch * patch, size)
        drawn["position"] = 0.2 * torch.randn(height * width // patch**2, size)
        for block in range(2):
            name = f"blocks.{block}"
            norm(f"{name}.norm1", size)
            for part in "qkvo":
                linear(f"{name}.{part}", size, size)
            norm(f"{name}.norm2", size)
            linear(f"{name}.up", size, 4 * size)
            linear(f"{name}.down", 4 * size, size)
        norm("norm", size)
        linear("head", size, classes)
    return drawn


def scores_of(method: str, kind: str, weights: Weights, masks: Weights, x: Tensor, y: Tensor) -> Weights:
    """Scores of the prunable weights; -inf, or SynFlow's 0, where one is gone already."""
    names = prunable(weights)
    if method == "magnitude":
        return {name: weights[name].abs() for name in names}
    leaves = {name: weights[name].clone().requires_grad_() for name in names}
    masked = {name: leaves[name] * masks[name] if name in leaves else tensor for name, tensor in weights.items()}
    if method == "synflow":
        positive = {name: tensor.abs() for name, tensor in masked.items()}
        total = FORWARD[kind](positive, torch.ones_like(x[:1]), linear=True).sum()
        gradients = torch.autograd.grad(total, list(leaves.values()))
        return {name: (weights[name] * g).abs() for name, g in zip(names, gradients)}
    temperature = 200 if method == "grasp" else 1
    loss = F.cross_entropy(FORWARD[kind](masked, x) / temperature, y)
    gradients = torch.autograd.grad(loss, list(leaves.values()), create_graph=method == "grasp")
    if method == "snip":
        return {name: (weights[name] * g).abs() for name, g in zip(names, gradients)}
    inner = sum((g.detach() * g).sum() for g in gradients)
    products = torch.autograd.grad(inner, list(leaves.values()))
    return {name: weights[name] * hg for name, hg in zip(names, products)}


def prune(method: str, kind: str, weights: Weights, sparsity: float, x: Tensor, y: Tensor) -> Weights:
    names = prunable(weights)
    masks = {name: torch.ones_like(weights[name]) for name in names}
    total = sum(mask.numel() for mask in masks.values())
    rounds = 100 if method == "synflow" else 1
    for t in range(1, rounds + 1):
        removed = int(sparsity * total) if t == rounds else math.floor((1 - (1 - sparsity) ** (t / rounds)) * total)
        scores = scores_of(method, kind, weights, masks, x, y)
        threshold = torch.cat([scores[name].flatten() for name in names]).kthvalue(removed).values
        masks = {name: masks[name] * (scores[name] > threshold) for name in names}
    return masks


def adam_losses(kind: str, weights: Weights, masks: Weights, x: Tensor, y: Tensor, steps: int, batch: int) -> list[float]:
    leaves = {name: tensor.clone().requires_grad_() for name, tensor in weights.items()}
    optimiser, losses = torch.optim.Adam(leaves.values(), lr=1e-3), []
    for step in range(steps):
        rows = torch.arange(step * batch, (step + 1) * batch) % len(x)
        masked = {name: leaf * masks[name] if name in masks else leaf for name, leaf in leaves.items()}
        loss = F.cross_entropy(FORWARD[kind](masked, x[rows]), y[rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses


def kernel(kind: str, weights: Weights, masks: Weights, x: Tensor) -> Tensor:
    """The tangent kernel of the sum of the outputs over all kept weights and all other parameters."""
    rows = []
    for sample in x:
        leaves = {name: tensor.clone().requires_grad_() for name, tensor in weights.items()}
        masked = {name: leaf * masks[name] if name in masks else leaf for name, leaf in leaves.items()}
        gradients = torch.autograd.grad(FORWARD[kind](masked, sample[None]).sum(), list(leaves.values()))
        kept = [g * masks[name] if name in masks else g for name, g in zip(leaves, gradients)]
        rows.append(torch.cat([g.flatten() for g in kept]))
    jacobian = torch.stack(rows)
    return jacobian @ jacobian.T
