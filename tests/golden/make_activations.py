#!/usr/bin/env python3
"""Writes ops/activation_*.safetensors and ops/multiply_*.safetensors: PyTorch's functions and their
gradients, for test_ops.c.

    python3 tests/golden/make_activations.py tests/golden/ops      (with PyTorch 2.7 or later)
"""
import sys

import torch
from torch.nn import functional as F

from make_soft_cross_entropy import save

KINDS = {
    "sigmoid": (torch.sigmoid, {}),
    "tanh": (torch.tanh, {}),
    "silu": (F.silu, {}),
    "hard_sigmoid": (F.hardsigmoid, {}),
    "hard_swish": (F.hardswish, {}),
    "leaky_relu": (lambda x: F.leaky_relu(x, 0.1), {"alpha": 0.1}),
    "relu6": (F.relu6, {}),
    "gelu": (F.gelu, {}),
    "scale": (lambda x: -1.25 * x + 0.5, {"alpha": -1.25, "beta": 0.5}),
}

# Kinks, zeros, and what is rounded to 1 or 0.
SPECIAL = [0.0, -0.0, 3.0, -3.0, 6.0, -6.0, 1e-3, -1e-3, 12.0, -12.0, 90.0, -90.0]


def activation(folder, kind, function, attrs):
    x = 4 * torch.randn(2, 19, 3, 5, dtype=torch.float64)
    x.view(-1)[:len(SPECIAL)] = torch.tensor(SPECIAL, dtype=torch.float64)
    x = x.float().double().requires_grad_()
    dy = torch.randn(x.shape, dtype=torch.float64).float().double()
    y = function(x)
    y.backward(dy)
    save(f"{folder}/activation_{kind}.safetensors", {"x": x, "dy": dy, "y": y, "dx": x.grad},
         {"op": "activation", "kind": kind, **attrs})


def multiply(folder, name, shape):
    x = torch.randn(2, 19, 7, 5, dtype=torch.float64).float().double().requires_grad_()
    z = torch.randn(shape, dtype=torch.float64).float().double().requires_grad_()
    dy = torch.randn(x.shape, dtype=torch.float64).float().double()
    y = x * z
    y.backward(dy)
    save(f"{folder}/multiply_{name}.safetensors",
         {"x": x, "z": z, "dy": dy, "y": y, "dx": x.grad, "dz": z.grad}, {"op": "multiply"})


def main(folder):
    torch.manual_seed(17)
    for kind, (function, attrs) in KINDS.items():
        activation(folder, kind, function, attrs)
    multiply(folder, "elements", (2, 19, 7, 5))
    multiply(folder, "channels", (2, 19, 1, 1))


if __name__ == "__main__":
    main(sys.argv[1])
