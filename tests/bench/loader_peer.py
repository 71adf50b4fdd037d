#!/usr/bin/env python3
"""Times torchvision's DataLoader on a folder of pictures: the peer of loader_peer.sh.

loader_peer.py FOLDER PIPELINE WORKERS BATCH IMAGES prints images per second; PIPELINE is train
(RandomResizedCrop 224, flip, normalise) or eval (Resize 256, CenterCrop 224, normalise)."""
import sys
import time

import torch
from torchvision import datasets, transforms

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
PIPELINES = {
    "train": [transforms.RandomResizedCrop(224), transforms.RandomHorizontalFlip()],
    "eval": [transforms.Resize(256), transforms.CenterCrop(224)],
}


def main():
    folder, pipeline = sys.argv[1], PIPELINES[sys.argv[2]]
    workers, batch, images = (int(word) for word in sys.argv[3:6])
    torch.set_num_threads(1)
    data = datasets.ImageFolder(
        folder,
        transforms.Compose(pipeline + [transforms.ToTensor(), transforms.Normalize(MEAN, STD)]))
    # A worker of ours is a thread beside the step, so theirs is a process beside it.
    loader = torch.utils.data.DataLoader(data, batch_size=batch, shuffle=True, drop_last=True,
                                         num_workers=workers, prefetch_factor=4,
                                         persistent_workers=False)
    iterator = iter(loader)
    next(iterator)  # the workers have started
    count, start = 0, time.monotonic()
    for pictures, _ in iterator:
        count += len(pictures)
        if count >= images:
            break
    print(count / (time.monotonic() - start))


main()
