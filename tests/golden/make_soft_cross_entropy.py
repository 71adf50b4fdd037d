#!/usr/bin/env python3
"""Writes ops/soft_cross_entropy_*.safetensors: PyTorch's cross_entropy with probabilities as targets,
and its gradient, for test_ops.c.

    python3 tests/golden/make_soft_cross_entropy.py tests/golden/ops      (with PyTorch 1.10 or later)
"""
import json
import struct
import sys

import torch


def one_hot(labels, classes):
    return torch.nn.functional.one_hot(labels, classes).double()


def mixed(rows, classes):
    """What mixup makes of one-hot labels: two classes, or one that was mixed with itself."""
    share = torch.rand(rows, 1, dtype=torch.float64)
    labels = torch.randint(classes, (2, rows))
    labels[1, 0] = labels[0, 0]
    return share * one_hot(labels[0], classes) + (1 - share) * one_hot(labels[1], classes)


def save(path, tensors, attrs, source=f"PyTorch {torch.__version__}"):
    header, blob = {}, b""
    for name, tensor in tensors.items():
        integer = tensor.dtype == torch.int32
        data = (tensor if integer else tensor.detach().float()).numpy().tobytes()
        header[name] = {"dtype": "I32" if integer else "F32", "shape": list(tensor.shape),
                        "data_offsets": [len(blob), len(blob) + len(data)]}
        blob += data
    header["__metadata__"] = {"attrs": json.dumps(attrs), "source": f"{source}, float64"}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text + blob)


def record(folder, name, logits, targets, smoothing):
    """Rounds the inputs to float32 first, as the file holds them."""
    logits = logits.float().double().requires_grad_()
    targets = targets.float().double()
    loss = torch.nn.functional.cross_entropy(logits, targets, label_smoothing=smoothing)
    loss.backward()
    save(f"{folder}/soft_cross_entropy_{name}.safetensors",
         {"logits": logits, "targets": targets, "loss": loss.reshape(1),
          "probs": torch.softmax(logits, 1), "dlogits": logits.grad},
         {"op": "soft_cross_entropy", "label_smoothing": smoothing})


def main(folder):
    torch.manual_seed(13)
    logits = torch.randn(6, 11, dtype=torch.float64)
    record(folder, "mixed", logits, mixed(6, 11), 0.0)
    record(folder, "smooth", logits, mixed(6, 11), 0.1)
    record(folder, "wide", 2 * torch.randn(3, 300, dtype=torch.float64),
           torch.softmax(3 * torch.randn(3, 300, dtype=torch.float64), 1), 0.05)
    sums = torch.rand(6, 11, dtype=torch.float64)
    sums[2] = 0
    record(folder, "any_sum", 300 * logits, sums, 0.2)


if __name__ == "__main__":
    main(sys.argv[1])
