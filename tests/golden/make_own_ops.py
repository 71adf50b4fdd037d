#!/usr/bin/env python3
"""Writes nets/own_ops.safetensors and nets/own_composed.safetensors: the networks of
tests/config/nets in PyTorch.

    python3 tests/golden/make_own_ops.py tests/golden/nets
"""
import sys

import torch
from make_soft_cross_entropy import save

MOVES = [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0)]


def shift(x):
    """A channel's pixels move down and right; what moves in is 0."""
    height, width = x.shape[2:]
    padded = torch.nn.functional.pad(x, (1, 1, 1, 1))
    planes = [padded[:, c, 1 - MOVES[c % 5][0]:1 - MOVES[c % 5][0] + height,
                     1 - MOVES[c % 5][1]:1 - MOVES[c % 5][1] + width] for c in range(x.shape[1])]
    return torch.stack(planes, 1)


class Own(torch.nn.Module):
    """own_ops.cfg"""
    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(3, 10, 3, padding=1)
        self.act1 = torch.nn.PReLU(10)
        self.conv2 = torch.nn.Conv2d(5, 6, 3, padding=1)
        self.act2 = torch.nn.PReLU(6)
        self.fc = torch.nn.Linear(6, 5)

    def forward(self, x):
        x = shift(self.act1(self.conv1(x)))
        x = self.act2(self.conv2(x[:, :5] + x[:, 5:]))
        return self.fc(x.mean((2, 3)))


class Composed(torch.nn.Module):
    """own_composed.cfg"""
    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(3, 12, 3, padding=1)
        self.act1 = torch.nn.PReLU(12)
        self.act1.weight.requires_grad = False
        self.fc = torch.nn.Linear(6, 5)

    def forward(self, x):
        x = self.act1(1.5 * torch.tanh(self.conv1(x)))
        return self.fc(x[:, :6].mean((2, 3)))


def named(prefix, values):
    return {f"{prefix}.{name}": value.detach().clone() for name, value in values}


def record(path, net):
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            values = 0.5 * torch.randn(parameter.shape) if name.startswith("act") else parameter
            parameter.copy_(values.float().double())
    x = torch.randn(4, 3, 9, 7).double()
    labels = torch.randint(5, (4,))
    tensors = named("param", net.named_parameters()) | {"x": x, "labels": labels.int()}
    optimizer = torch.optim.SGD(net.parameters(), 0.05)
    losses = []
    for step in range(5):
        logits = net(x)
        loss = torch.nn.functional.cross_entropy(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        if step == 0:
            tensors["logits_infer"] = tensors["logits_train"] = logits.detach().clone()
            tensors |= named("grad", ((n, p.grad) for n, p in net.named_parameters()
                                      if p.requires_grad))
        losses.append(loss.detach())
        optimizer.step()
    tensors["losses"] = torch.stack(losses)
    tensors |= named("after", net.named_parameters())
    save(path, tensors, {"learning_rate": 0.05})


def main(folder):
    torch.manual_seed(21)
    record(f"{folder}/own_ops.safetensors", Own().double())
    record(f"{folder}/own_composed.safetensors", Composed().double())


main(sys.argv[1])
