#!/usr/bin/env python3
"""Networks of torchvision and timm with random weights.

same_logits.py make PROGRAM MODEL SIZE NAME
                       NAME.safetensors, the weights; NAME.x, two inputs; NAME.logits, what the
                       program makes of them, in double precision
same_logits.py check NAME
                       compares NAME.y, another program's, with NAME.logits
"""
import sys

import timm
import torch
import torchvision
from safetensors.torch import load_file, save_file

TOLERANCE = 1e-4  # of the largest logit


def network(program, model):
    if program == "timm":
        return timm.create_model(model)
    options = {"aux_logits": False, "init_weights": False} if model == "googlenet" else {}
    return getattr(torchvision.models, model)(**options)


def make(program, model, size, name):
    torch.manual_seed(23)
    net = network(program, model)
    x = torch.randn(2, 3, int(size), int(size))
    with torch.no_grad():
        for key, tensor in net.named_parameters():
            if tensor.dim() == 1:
                tensor.add_(0.1 * torch.randn(tensor.shape))
        net.train()(torch.cat((x, -x, x.flip(0))))  # running statistics that fit
        state = {k: v.clone() for k, v in net.state_dict().items() if v.dtype == torch.float32}
        logits = net.double().eval()(x.double())
    save_file(state, f"{name}.safetensors")
    save_file({"x": x}, f"{name}.x")
    save_file({"logits": logits.float()}, f"{name}.logits")


def check(name):
    found, wanted = load_file(f"{name}.y")["logits"], load_file(f"{name}.logits")["logits"]
    off = (found - wanted).abs().max() / wanted.abs().max()
    if not off <= TOLERANCE:
        sys.exit(f"off by {off:.2g} of the largest logit")


if __name__ == "__main__":
    {"make": make, "check": check}[sys.argv[1]](*sys.argv[2:])
