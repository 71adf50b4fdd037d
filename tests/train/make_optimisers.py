#!/usr/bin/env python3
"""Trains a small network with the optimisers of PyTorch and timm, and writes what test_optimisers.c
compares: optimisers.safetensors. It needs torch, timm and safetensors.

    tests/train/make_optimisers.py [tests/train]

The weights at the beginning are those of single precision; everything is computed in double
precision. An epoch has five batches of eight images and a last one of four."""

import copy
import fnmatch
import os
import re
import sys

import numpy
import timm.optim
import timm.utils
import torch
from safetensors.numpy import save_file
from torch import nn

N_STEPS = 50
SIZES = [8, 8, 8, 8, 8, 4]


class Basic(nn.Module):
    def __init__(self, inputs, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample = None
        if stride != 1 or inputs != channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, channels, 1, stride, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + (self.downsample(x) if self.downsample else x))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.layer1 = nn.Sequential(Basic(4, 4, 1))
        self.layer2 = nn.Sequential(Basic(4, 8, 2))
        self.fc = nn.Linear(8, 4)

    def forward(self, x):
        x = self.layer2(self.layer1(torch.relu(self.bn1(self.conv1(x)))))
        return self.fc(x.mean((2, 3)))

    def group_matcher(self, coarse=False):
        """As of timm's ResNet."""
        return dict(stem=r"^conv1|bn1|maxpool",
                    blocks=r"^layer(\d+)" if coarse else r"^layer(\d+)\.(\d+)")


def read_cases(path):
    for line in open(path):
        if line.startswith("#") or not line.strip():
            continue
        words = line.split()
        keys = dict(word.split("=", 1) for word in words[1:])
        yield words[0], keys


def number(keys, name, default):
    return float(keys.get(name, default))


def read_groups(text):
    """A list of dictionaries of the list of groups of a cfg."""
    groups = []
    for body in re.findall(r"\{(.*?)\}", text):
        group = dict(item.split("=", 1) for item in body.split(";") if item)
        groups.append({k: v.strip('"') for k, v in group.items()})
    return groups


def choose(model, keys):
    """What each parameter gets: learning rate, weight decay, and whether it is trained."""
    base = number(keys, "learning_rate", 0.1)
    scales = {}
    if "layer_decay" in keys:
        for group in timm.optim.param_groups_layer_decay(
                model, layer_decay=number(keys, "layer_decay", 1)):
            scales.update({id(p): group["lr_scale"] for p in group["params"]})
    norms = {id(p) for m in model.modules() if isinstance(m, nn.BatchNorm2d)
             for p in m.parameters()}
    default = {"adamw": 0.01, "lamb": 0.01}.get(keys.get("optimizer"), 0)
    chosen = {}
    for name, p in model.named_parameters():
        decays = keys.get("decay_norm" if id(p) in norms else "decay_bias")
        is_special = id(p) in norms or name.endswith(".bias")
        decay = 0 if is_special and decays == "false" else number(keys, "weight_decay", default)
        rate, trains = base, True
        for group in read_groups(keys.get("groups", "")):
            if not fnmatch.fnmatchcase(name, group["match"]):
                continue
            if "learning_rate" in group:
                rate = float(group["learning_rate"])
            if "rate_factor" in group:
                rate = base * float(group["rate_factor"])
            decay = float(group.get("weight_decay", decay))
            trains = {"true": False, "false": True}[group["freeze"]] if "freeze" in group else trains
        chosen[name] = (rate * scales.get(id(p), 1), decay, trains)
    return chosen


def make_optimiser(model, keys, chosen):
    groups = [{"params": [p], "lr": chosen[n][0], "weight_decay": chosen[n][1]}
              for n, p in model.named_parameters() if p.requires_grad]
    kind = keys.get("optimizer", "sgd")
    momentum, nesterov = number(keys, "momentum", 0), keys.get("nesterov") == "true"
    betas = number(keys, "beta1", 0.9), number(keys, "beta2", 0.999)
    if kind == "sgd":
        return torch.optim.SGD(groups, lr=1, momentum=momentum, nesterov=nesterov)
    if kind == "adamw":
        return torch.optim.AdamW(groups, betas=betas, eps=number(keys, "epsilon", 1e-8))
    if kind == "lamb":
        return timm.optim.Lamb(groups, betas=betas, eps=number(keys, "epsilon", 1e-6),
                               max_grad_norm=None)
    if kind == "lars":
        return timm.optim.Lars(groups, momentum=momentum, nesterov=nesterov,
                               trust_coeff=number(keys, "trust", 0.001),
                               eps=number(keys, "epsilon", 1e-8))
    return timm.optim.RMSpropTF(groups, alpha=number(keys, "square_decay", 0.9),
                                eps=number(keys, "epsilon", 1e-10), momentum=momentum)


def freeze(model, chosen):
    for name, p in model.named_parameters():
        p.requires_grad_(chosen[name][2])
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d) and not any(
                p.requires_grad for p in module.parameters()):
            module.eval()


def tensors_of(model):
    return {name: value.numpy().astype(numpy.float32) for name, value in model.state_dict().items()
            if not name.endswith("num_batches_tracked")}


def train(start, batches, keys):
    model = copy.deepcopy(start).double().train()
    chosen = choose(model, keys)
    freeze(model, chosen)
    optimiser = make_optimiser(model, keys, chosen)
    trained = [p for p in model.parameters() if p.requires_grad]
    decay = number(keys, "ema_decay", 0)
    average = timm.utils.ModelEmaV3(model, decay=decay, use_warmup="ema_warmup" in keys)
    accumulate = int(keys.get("accumulate", 1))
    losses, batch = [], 0
    for step in range(N_STEPS):
        optimiser.zero_grad()
        n = min(accumulate, len(batches) - batch)
        for images, labels in batches[batch:batch + n]:
            loss = nn.functional.cross_entropy(model(images), labels)
            (loss / n).backward()
            losses.append(loss.item())
        batch = (batch + n) % len(batches)
        if "clip_norm" in keys:
            torch.nn.utils.clip_grad_norm_(trained, float(keys["clip_norm"]))
        if "clip_value" in keys:
            torch.nn.utils.clip_grad_value_(trained, float(keys["clip_value"]))
        optimiser.step()
        average.update(model, step=step + 1)
    out = {"loss": numpy.array(losses, numpy.float32)}
    out.update(tensors_of(model))
    if decay:
        out.update({name + ".average": v for name, v in tensors_of(average.module).items()
                    if not is_frozen(name, model, chosen)})
    return out


def is_frozen(name, model, chosen):
    """Also of the running statistics of a batch norm that is frozen."""
    if name in chosen:
        return not chosen[name][2]
    return not model.get_submodule(name.rsplit(".", 1)[0]).training


def main(folder):
    torch.set_num_threads(1)
    torch.manual_seed(1)
    generator = torch.Generator().manual_seed(2)
    start = Net()
    for module in start.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5, generator=generator)
            nn.init.uniform_(module.bias, -0.3, 0.3, generator=generator)
            module.running_mean.uniform_(-0.2, 0.2, generator=generator)
            module.running_var.uniform_(0.5, 1.5, generator=generator)
    images = torch.randn(sum(SIZES), 1, 8, 8, generator=generator)
    labels = torch.randint(0, 4, (sum(SIZES),), generator=generator)
    batches = list(zip(images.double().split(SIZES), labels.split(SIZES)))
    out = {"images": images.numpy(), "labels": labels.numpy().astype(numpy.int32)}
    out.update({"param." + name: value for name, value in tensors_of(start).items()})
    for case, keys in read_cases(os.path.join(folder, "optimisers.txt")):
        for name, value in train(start, batches, keys).items():
            out[case + "." + name] = value
    save_file({name: numpy.ascontiguousarray(value) for name, value in out.items()},
              os.path.join(folder, "optimisers.safetensors"))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__)))
