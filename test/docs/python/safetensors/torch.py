"""`load_file` and `save_file` as the safetensors package has them, by the reader and writer in test/pytorch."""

import st
import torch


def load_file(path: str) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(array) for name, array in st.load(path).items()}


def save_file(tensors: dict[str, torch.Tensor], path: str) -> None:
    st.save(path, {name: tensor.contiguous().numpy() for name, tensor in tensors.items()})
