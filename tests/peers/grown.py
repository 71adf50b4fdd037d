#!/usr/bin/env python3
"""What torchvision makes of networks that resnet-run has grown.

grown.py make FOLDER    random pictures to train on
grown.py check BEFORE NETWORK AFTER LARGER
                       whether torchvision's LARGER with the weights of the file AFTER gives the
                       logits of its NETWORK with those of BEFORE, and whether wider weights follow
                       the rule of Net2Net: copies of rows, and columns that sum to what they were
"""
import sys

import numpy

TOLERANCE = 1e-4  # of the largest logit, and of the largest weight


def make(folder):
    import os
    numbers = numpy.random.default_rng(1)
    for split in "train", "val":
        os.makedirs(f"{folder}/{split}")
        numpy.save(f"{folder}/{split}/images.npy",
                   numbers.integers(0, 256, (16, 3, 64, 64), numpy.uint8))
        numpy.save(f"{folder}/{split}/labels.npy", numpy.arange(16, dtype=numpy.int32) % 10)


def logits(network, state):
    import torch
    import torchvision
    net = getattr(torchvision.models, network)(num_classes=10)
    net.load_state_dict(state, strict=False)
    missing = [key for key in net.state_dict() if key not in state]
    assert all(key.endswith("num_batches_tracked") for key in missing), missing
    torch.manual_seed(3)
    with torch.no_grad():
        return net.eval()(torch.randn(4, 3, 64, 64))


def widened(old, rule):
    """Net2WiderNet's U and V: old weights, with rows copied and columns summed by the rule."""
    import torch
    rows, columns = rule.shape[0], rule.shape[1] if rule.dim() > 1 else None
    copied = old[torch.arange(rows) % len(old)]
    if columns is None or columns == old.shape[1]:
        return copied, rule
    summed = torch.zeros_like(copied)
    for column in range(columns):
        summed[:, column % old.shape[1]] += rule[:, column]
    return copied, summed


def check(before, network, after, larger):
    from safetensors.torch import load_file
    old, new = load_file(before), load_file(after)
    difference = (logits(network, old) - logits(larger, new)).abs().max()
    scale = logits(network, old).abs().max()
    print("ok" if difference <= TOLERANCE * scale else "not ok",
          f"- {network} grown into {larger}: logits differ by {difference / scale:.1e}")
    wider = [name for name in old if old[name].shape != new[name].shape]
    off = 0
    for name in wider:
        wanted, found = widened(old[name], new[name])
        off = max(off, ((wanted - found).abs().max() / wanted.abs().max()).item())
    if wider:
        print("ok" if off <= TOLERANCE else "not ok",
              f"- {larger}: {len(wider)} tensors are wider by Net2Net's rule, within {off:.1e}")


if sys.argv[1] == "make":
    make(sys.argv[2])
else:
    check(*sys.argv[2:])
