#!/usr/bin/env python3
"""recipe_peer.py EPOCHS LIMIT THREADS: the network and the recipe of fashion_resnet12.cfg in PyTorch
and torchvision; see recipe.sh. Prints a row for each epoch, as resnet-run's metrics.csv has them:
epoch, time_s, validation_accuracy, ema_accuracy. LIMIT images are trained on; 0: all of them."""
import gzip
import os
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel
from torchvision import transforms

from peer_training import Block

FOLDER = os.environ.get("FASHION_MNIST", "/usr/share/datasets/fashion-mnist")
BATCH, MEAN, STD, ALPHA = 128, 0.2860, 0.3530, 0.1
SGD = {"momentum": 0.9, "nesterov": True, "weight_decay": 5e-4}
CYCLE = {"max_lr": 0.2, "pct_start": 0.25, "div_factor": 25, "final_div_factor": 1e4,
         "cycle_momentum": False}


class ResNet12(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(1, 24, 3, 1, 1, bias=False), nn.BatchNorm2d(24), nn.ReLU(),
            Block(24, 24, 1), Block(24, 48, 2), Block(48, 48, 1), Block(48, 96, 2),
            Block(96, 96, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(96, 10))
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        nn.init.zeros_(self[-1].bias)


def read(name, offset):
    with gzip.open(os.path.join(FOLDER, f"{name}-ubyte.gz")) as file:
        return torch.frombuffer(bytearray(file.read()[offset:]), dtype=torch.uint8)


def read_set(name):
    images = read(f"{name}-images-idx3", 16).reshape(-1, 1, 28, 28).float() / 255
    return (images - MEAN) / STD, read(f"{name}-labels-idx1", 8).long()


class Pictures(torch.utils.data.Dataset):
    def __init__(self, images, labels):
        self.images, self.labels = images, labels
        self.transform = transforms.Compose([
            transforms.RandomCrop(28, padding=2, fill=-MEAN / STD),
            transforms.RandomHorizontalFlip(),
            transforms.RandomErasing(0.5, (0.02, 0.33), (0.3, 3.3), "random")])

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        return self.transform(self.images[i]), self.labels[i]


def step_decay(step):
    """Of ema_decay with ema_warmup."""
    return min(0.999, 1 - (1 + step) ** (-2 / 3))


def average(averaged, value, count):
    return averaged + (1 - step_decay(int(count))) * (value - averaged)


def train_epoch(net, mean, loader, optimizer, schedule):
    net.train()
    for x, labels in loader:
        share = float(np.random.beta(ALPHA, ALPHA))
        x = share * x + (1 - share) * x.flip(0)
        y = net(x.contiguous(memory_format=torch.channels_last))
        loss = share * F.cross_entropy(y, labels) + (1 - share) * F.cross_entropy(y, labels.flip(0))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        mean.update_parameters(net)


@torch.inference_mode()
def accuracy(net, images, labels):
    net.eval()
    right = sum((net(x).argmax(1) == y).sum().item()
                for x, y in zip(images.split(1000), labels.split(1000)))
    return right / len(labels)


def main(epochs, limit, threads):
    torch.manual_seed(0)
    np.random.seed(0)
    torch.set_num_threads(threads)
    images, labels = read_set("train")
    pictures = Pictures(images[:limit or None], labels[:limit or None])
    validation = read_set("t10k")
    loader = torch.utils.data.DataLoader(pictures, BATCH, shuffle=True, num_workers=1)
    net = ResNet12().to(memory_format=torch.channels_last)
    mean = AveragedModel(net, avg_fn=average, use_buffers=True)
    optimizer = torch.optim.SGD(net.parameters(), 0.2, **SGD)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, epochs=epochs,
                                                   steps_per_epoch=len(loader), **CYCLE)
    start = time.perf_counter()
    print("epoch,time_s,validation_accuracy,ema_accuracy")
    for epoch in range(1, epochs + 1):
        train_epoch(net, mean, loader, optimizer, schedule)
        figures = accuracy(net, *validation), accuracy(mean, *validation)
        print(f"{epoch},{time.perf_counter() - start:.1f},{figures[0]:.4f},{figures[1]:.4f}",
              flush=True)


main(*map(int, sys.argv[1:]))
