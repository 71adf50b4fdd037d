#!/usr/bin/env python3
"""What PyTorch and torchvision make of tests/data/same_training.cfg: see peer_training.sh.

peer_training.py losses FOLDER WEIGHTS STEPS prints the loss of each step, with the pictures of
FOLDER/test in the order that resnet-run gives them as a folder and as shards.
peer_training.py pixels FOLDER DUMP compares the pixels of a dump."""
import json
import os
import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torchvision import datasets, transforms

# As the cfg, and those that it extends, say.
SEED, BATCH = 3, 100
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
SGD = {"lr": 1e-4, "momentum": 0.9, "weight_decay": 1e-4}
SHUFFLE_BUFFER = 1000


class Block(nn.Module):
    """He et al. 2016, with shortcut A."""

    def __init__(self, inputs, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.stride, self.added = stride, channels - inputs

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.added:
            half = self.added // 2
            x = F.pad(x[:, :, ::self.stride, ::self.stride], (0, 0, 0, 0, half, self.added - half))
        return F.relu(y + x)


class ResNet20(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = self.stage(16, 16, 1)
        self.layer2 = self.stage(16, 32, 2)
        self.layer3 = self.stage(32, 64, 2)
        self.fc = nn.Linear(64, 10)

    @staticmethod
    def stage(inputs, channels, stride):
        return nn.Sequential(Block(inputs, channels, stride), Block(channels, channels, 1),
                             Block(channels, channels, 1))

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return self.fc(self.layer3(self.layer2(self.layer1(x))).mean((2, 3)))


# ---- The order of the pictures ----

def philox(key, counter):
    """Philox4x32-10, Salmon et al. 2011: 64 of its 128 bits."""
    (k0, k1), (c0, c1, c2, c3), word = key, counter, 0xFFFFFFFF
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = p1 >> 32 ^ c1 ^ k0, p1 & word, p0 >> 32 ^ c3 ^ k1, p0 & word
        k0, k1 = k0 + 0x9E3779B9 & word, k1 + 0xBB67AE85 & word
    return c1 << 32 | c0


def below(stream, i, count):
    return philox((SEED, 0), (i, 0, 0, stream)) % count


def swap(order, i, j):
    order[i], order[j] = order[j], order[i]


def folder_order(count):
    """shuffle() of core/data/loader.c"""
    order = list(range(count))
    for i in reversed(range(1, count)):
        swap(order, i, below(0x53485546, i, i + 1))
    return order


def tar_order(shards):
    """order_samples() of core/data/sets/tar.c; `shards` are lists of samples."""
    shards, count = list(shards), sum(map(len, shards))
    for i in range(len(shards)):
        swap(shards, i, i + below(0x53485244, i, len(shards) - i))
    order = [sample for shard in shards for sample in shard]
    for i in range(count):
        swap(order, i, i + below(0x53485446, i, min(count - i, SHUFFLE_BUFFER)))
    return order


# ---- The two commands ----

def read_safetensors(path):
    """The tensors, and the metadata."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    metadata = header.pop("__metadata__", {})
    types = {"F32": np.float32, "I32": np.int32, "I64": np.int64}
    return {name: np.frombuffer(data[slice(*entry["data_offsets"])],
                                types[entry["dtype"]]).reshape(entry["shape"])
            for name, entry in header.items() if entry["dtype"] in types}, metadata


def open_pictures(folder):
    return datasets.ImageFolder(os.path.join(folder, "test"), transforms.Compose([
        transforms.Resize(36), transforms.CenterCrop(32), transforms.ToTensor(),
        transforms.Normalize(MEAN, STD)]))


def train(pictures, order, weights, steps):
    net = ResNet20()
    net.load_state_dict(weights)
    optimizer = torch.optim.SGD(net.parameters(), **SGD)
    losses = []
    for step in range(steps):
        batch = [pictures[i] for i in order[step * BATCH:(step + 1) * BATCH]]
        optimizer.zero_grad()
        loss = F.cross_entropy(net(torch.stack([x for x, _ in batch])),
                               torch.tensor([label for _, label in batch]))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def initial_weights(path):
    """Those that one step of a tiny learning rate left: what began as 0 is not quite 0."""
    tensors = read_safetensors(path)[0]
    weights = {name: torch.tensor(value) for name, value in tensors.items()}
    for name in weights:
        if weights[name].is_floating_point():
            weights[name][weights[name].abs() < 1e-9] = 0
    # Batch statistics are all that training looks at.
    return {name: weights.get(name, value) for name, value in ResNet20().state_dict().items()}


def print_losses(folder, weights, steps):
    pictures, weights = open_pictures(folder), initial_weights(weights)
    shards = [[i for i, (path, _) in enumerate(pictures.samples) if path[-5] == str(n)]
              for n in range(10)]
    by_folder = train(pictures, folder_order(len(pictures)), weights, int(steps))
    by_tar = train(pictures, tar_order(shards), weights, int(steps))
    for step, losses in enumerate(zip(by_folder, by_tar), 1):
        print(step, *(f"{loss:.7f}" for loss in losses))


def compare_pixels(folder, dump):
    pictures, (tensors, metadata) = open_pictures(os.path.abspath(folder)), read_safetensors(dump)
    paths = json.loads(metadata["paths"])
    worst = 0
    for path, found, label, i in zip(paths, tensors["images"], tensors["labels"], range(10000)):
        expected, expected_label = pictures[i]
        if not pictures.samples[i][0].endswith(path) or label != expected_label:
            sys.exit(f"picture {i} is {path} of class {label}; "
                     f"expected {pictures.samples[i][0]} of class {expected_label}")
        worst = max(worst, np.abs(found - expected.numpy()).max())
    print(f"{len(paths)} pictures: the largest difference is {worst:.6f}, "
          f"expected at most {1 / 255 / 0.2:.6f}")
    sys.exit(worst > 1 / 255 / 0.2)


if __name__ == "__main__":
    {"losses": print_losses, "pixels": compare_pixels}[sys.argv[1]](*sys.argv[2:])
