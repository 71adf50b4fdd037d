#!/usr/bin/env python3
"""Writes ops/lookup.safetensors: pictures of bytes, normalised by PyTorch in float32 as torchvision's
to_tensor and normalize do, and the table that stands for it, for test_ops.c.

    python3 tests/golden/make_lookup.py tests/golden/ops      (with PyTorch 2.7 or later)
"""
import json
import struct
import sys

import torch

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def normalise(images):
    """Of bytes (N,C,H,W)."""
    mean, std = (torch.tensor(v, dtype=torch.float32).view(-1, 1, 1) for v in (MEAN, STD))
    return images.float().div(255).sub(mean).div(std)


def save(path, tensors):
    header, blob = {}, b""
    for name, tensor in tensors.items():
        data = tensor.contiguous().numpy().tobytes()
        header[name] = {"dtype": "U8" if tensor.dtype == torch.uint8 else "F32",
                        "shape": list(tensor.shape), "data_offsets": [len(blob), len(blob) + len(data)]}
        blob += data
    header["__metadata__"] = {"attrs": json.dumps({"op": "lookup"}),
                              "source": f"PyTorch {torch.__version__}, float32"}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text + blob)


def main(folder):
    torch.manual_seed(19)
    images = torch.randint(256, (2, 3, 9, 31), dtype=torch.uint8)
    bytes_ = torch.arange(256, dtype=torch.uint8).view(1, 1, 1, 256).expand(1, 3, 1, 256)
    save(f"{folder}/lookup.safetensors", {
        "table": normalise(bytes_).view(3, 256),
        "y": normalise(images),
        "x": images.permute(0, 2, 3, 1),
    })


if __name__ == "__main__":
    main(sys.argv[1])
