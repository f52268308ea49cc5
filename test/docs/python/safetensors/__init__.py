"""Stands in for the safetensors package where a Python with PyTorch lacks it."""
