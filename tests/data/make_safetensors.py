#!/usr/bin/env python3
"""Writes types.safetensors: one tensor of each element type, for test_safetensors.c.

    python3 tests/data/make_safetensors.py tests/data/types.safetensors      (with safetensors and PyTorch)

PyTorch converts the floats; `f16.expected` and the like are its conversions back to float32.
"""
import sys

import torch
from safetensors.torch import save_file

FLOATS = [0.0, -0.0, 1.0, -1.5, 0.1, 65504.0, 6.1e-5, 6e-8, 1e-3, 3.14159, float("inf"), float("-inf")]


def main(path):
    tensors = {
        "f32": torch.tensor(FLOATS).reshape(3, 4),
        "i32": torch.tensor([-2**31, -1, 0, 2**31 - 1], dtype=torch.int32),
        "i64": torch.tensor([-2**31, -1, 0, 2**31 - 1], dtype=torch.int64),
        "scalar": torch.tensor(7, dtype=torch.int64),
        "u8": torch.tensor([[0], [127], [255]], dtype=torch.uint8),
        "bool": torch.tensor([True, False, True]),
        "empty": torch.zeros(3, 0, 2),
    }
    for name, dtype in (("f64", torch.float64), ("f16", torch.float16), ("bf16", torch.bfloat16)):
        tensors[name] = torch.tensor(FLOATS, dtype=torch.float64).to(dtype)
        tensors[name + ".expected"] = tensors[name].to(torch.float32)
    save_file(tensors, path, metadata={"format": "pt", "name": "größe"})


if __name__ == "__main__":
    main(sys.argv[1])
