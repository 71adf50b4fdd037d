#!/usr/bin/env python3
"""make_lr_curves.py: writes lr_curves.txt, losses and the learning rates that fastai suggests.

    pip download fastai==2.8.12 --no-deps && unzip fastai-*.whl 'fastai/callback/schedule.py'
    python3 make_lr_curves.py fastai/callback/schedule.py >lr_curves.txt

The suggestions `valley` and `steep` are fastai's own functions, taken from that file; the smoothing and
the end are those of its AvgSmoothLoss and LRFinder. Needs PyTorch.
"""
import ast
import math
import random
import sys

import torch
from torch import tensor

NUM_IT = {"falls": 100, "noisy": 100, "late": 60, "long": 300, "steps": 40}


def fastai_functions(path):
    tree = ast.parse(open(path).read())
    wanted = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name in ("valley", "steep")]
    names = {"torch": torch}
    exec(compile(ast.Module(wanted, []), path, "exec"), names)
    return names["valley"], names["steep"]


def loss_of(kind, rate, random):
    x = math.log10(rate)
    if kind == "steps":
        return round(2.3 - max(0, min(6, math.floor(2 * (x + 4)))) * 0.25, 6) + (rate > 3) * 40 * rate
    noise = {"falls": 0.005, "noisy": 0.2, "late": 0.02, "long": 0.05}[kind]
    turn = {"falls": -2.5, "noisy": -2, "late": -1.5, "long": -3}[kind]
    return 0.4 + 1.9 / (1 + math.exp(4 * (x - turn))) + (rate > 0.5) * 60 * rate + random.gauss(0, noise)


def smooth(losses, beta=0.98):
    average, found, best = 0.0, [], math.inf
    for i, loss in enumerate(losses):
        average = loss + beta * (average - loss)
        found.append(average / (1 - beta ** (i + 1)))
        best = min(best, found[-1])
        if found[-1] > 4 * best:
            break
    return found


def main():
    valley, steep = fastai_functions(sys.argv[1])
    random_source = random.Random(17)
    for kind, n in NUM_IT.items():
        rates = [1e-7 * (10 / 1e-7) ** (i / (n - 1)) for i in range(n)]
        losses = [float("%.9g" % loss_of(kind, rate, random_source)) for rate in rates]
        smoothed = smooth(losses)
        count = len(smoothed)
        lrs = tensor(rates[:count][n // 10:-5], dtype=torch.float64)
        seen = tensor(smoothed[n // 10:-5], dtype=torch.float64)
        print("curve", kind, n, count, "%.9g" % valley(lrs, seen, n)[0], "%.9g" % steep(lrs, seen, n)[0])
        for rate, loss, average in zip(rates, losses, smoothed):
            print("%.17g %.9g %.12g" % (rate, loss, average))


main()
