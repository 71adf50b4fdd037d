#!/usr/bin/env python3
"""Times one step of a network in PyTorch, tuned as well as it can be; prints one JSON object.

Called by versus_pytorch.sh, which sets the allocator's thresholds and OPENBLAS_NUM_THREADS.
"""
import time

START = time.perf_counter()

import argparse
import json
import resource
import statistics

import torch
from torch import nn
from torch.nn import functional as F


class BookResidual(nn.Module):
    """d2l.ai, section 8.6: biases in the convolutions, no norm on the shortcut."""

    def __init__(self, inputs, channels, use_1x1conv=False, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, channels, 3, stride, 1)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1)
        self.conv3 = nn.Conv2d(inputs, channels, 1, stride) if use_1x1conv else None
        self.bn1 = nn.BatchNorm2d(channels)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.conv3 is not None:
            x = self.conv3(x)
        return F.relu(y + x)


def book_resnet18():
    layers = [nn.Conv2d(1, 64, 7, 2, 3), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    inputs = 64
    for i, channels in enumerate([64, 128, 256, 512]):
        layers += [BookResidual(inputs, channels, i > 0, 1 + (i > 0)), BookResidual(channels, channels)]
        inputs = channels
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))


class Bottleneck(nn.Module):
    """He et al. 2016 with the stride on the 3x3, as torchvision has it."""

    def __init__(self, inputs, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.downsample = None
        if stride != 1 or inputs != 4 * width:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, 4 * width, 1, stride, bias=False),
                                            nn.BatchNorm2d(4 * width))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


def resnet50():
    layers = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    inputs = 64
    for width, repeat, stride in [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)]:
        for i in range(repeat):
            layers.append(Bottleneck(inputs, width, stride if i == 0 else 1))
            inputs = 4 * width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 1000))


NETWORKS = {"book_resnet18": (book_resnet18, (1, 96, 96), 10), "resnet50": (resnet50, (3, 224, 224), 1000)}


def training(net, x, labels):
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(net(x), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def inference(net, x):
    net.eval()
    with torch.no_grad():
        traced = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(net, x)))

    def step():
        with torch.no_grad():
            return traced(x)[0, 0].item()

    return step


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("network", choices=NETWORKS)
    parser.add_argument("phase", choices=["train-step", "infer"])
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--warmup", type=int, default=3)
    parser.add_argument("--layout", choices=["nchw", "nhwc"], default="nhwc")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    make, shape, classes = NETWORKS[args.network]
    layout = torch.channels_last if args.layout == "nhwc" else torch.contiguous_format
    net = make().to(memory_format=layout)
    x = torch.randn(args.batch, *shape).to(memory_format=layout)
    labels = torch.randint(classes, (args.batch,))
    step = training(net, x, labels) if args.phase == "train-step" else inference(net, x)
    ready_s = time.perf_counter() - START
    step()
    first_s = time.perf_counter() - START
    times = []
    for i in range(args.warmup - 1 + args.steps):
        start = time.perf_counter()
        step()
        times.append(1e3 * (time.perf_counter() - start))
    times = sorted(times[args.warmup - 1:])
    print(json.dumps({
        "library": "PyTorch " + torch.__version__, "layout": args.layout,
        "median_ms": statistics.median(times), "p90_ms": times[(len(times) * 9 + 9) // 10 - 1],
        "ready_ms": 1e3 * ready_s, "first_ms": 1e3 * first_s,
        "peak_bytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))


if __name__ == "__main__":
    main()
