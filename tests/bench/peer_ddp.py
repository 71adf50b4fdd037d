#!/usr/bin/env python3
"""peer_ddp.py SETTING: a training step of the book's ResNet-18 by PyTorch's DistributedDataParallel
on gloo, tuned as well as it can be: processes of one thread each that share the batch.

SETTING: nchw or nhwc (channels last), and the bytes of a bucket in MB, as in nhwc:25. Prints one
JSON object. cluster.sh sets the allocator's thresholds.
"""
import argparse
import json
import os
import statistics
import time

import torch
from torch import distributed, multiprocessing
from torch.nn.parallel import DistributedDataParallel

import peer_networks
import peer_pytorch


def make_step(args, rank):
    layout, bucket = args.setting.split(":")
    layout = torch.contiguous_format if layout == "nchw" else torch.channels_last
    torch.manual_seed(0)
    share = args.batch // args.processes
    net = peer_networks.book_resnet18().to(memory_format=layout).train()
    model = DistributedDataParallel(net, gradient_as_bucket_view=True, static_graph=True,
                                    bucket_cap_mb=int(bucket), broadcast_buffers=False)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, fused=True)
    generator = torch.Generator().manual_seed(rank)
    x = torch.randn(share, 1, 96, 96, generator=generator).to(memory_format=layout)
    labels = torch.randint(10, (share,), generator=generator)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = torch.nn.functional.cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def rank_main(rank, args):
    peer_pytorch.pin_precision(torch)
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", init_method=args.meeting, rank=rank,
                                   world_size=args.processes)
    step = make_step(args, rank)
    times = []
    for _ in range(args.warmup + args.steps):
        start = time.perf_counter()
        step()
        times.append(1e3 * (time.perf_counter() - start))
    if rank == 0:
        print(json.dumps({"library": "PyTorch " + torch.__version__, "setting": args.setting,
                          "median_ms": statistics.median(times[args.warmup:])}))
    distributed.destroy_process_group()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("setting")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--warmup", type=int, default=2)
    args = parser.parse_args()
    args.meeting = f"tcp://127.0.0.1:{20000 + os.getpid() % 20000}"
    multiprocessing.spawn(rank_main, (args,), args.processes)


if __name__ == "__main__":
    main()
