#!/usr/bin/env python3
"""scaling.py [FILE...]: the tables of share/doc/scaling.md, which explains the model.

Without FILE: GPUs. With files of `bench --json`, as scaling.sh makes them, of 1, 2 and more
processes on one machine: the model beside what was measured.
"""
import json
import math
import sys

IMAGES = 1281167  # ImageNet's training pictures
BUCKET_BYTES, MAX_OPERANDS = 25 << 20, 16  # of core/passes/parallel.c


class Machine:
    """GPUs in nodes; seconds and bytes per second. The document has the sources."""
    PER_NODE = 8
    LINK, LINK_HOP = 360e9, 3.4e-6  # NVLink: 450 GB/s, of which NCCL reaches four fifths
    NET, NET_HOP = 45e9, 9.6e-6     # each GPU's own 400 Gbit/s
    TREE_HOP = 8.5e-6
    SPREAD = 0.01                   # of a rank's compute, as a standard deviation


# Published: GPUs, pictures of one in a step, epochs, minutes.
MLPERF = [(8, 400, 35, 13.466), (64, 50, 35, 2.664), (512, 64, 56, 0.509), (3584, 16, 80, 0.183)]
PLAN = [(8, 400, 35), (64, 50, 35), (512, 64, 56), (4096, 16, 85)]


def layers():
    """(parameters, multiply-adds) of each tensor of ResNet-50, in the order of the forward pass."""
    def conv(c, k, size, out):
        return [(c * k * size * size, c * k * size * size * out * out), (k, 0), (k, 0)]
    tensors = conv(3, 64, 7, 112)
    c = 64
    for width, blocks, out in ((64, 3, 56), (128, 4, 28), (256, 6, 14), (512, 3, 7)):
        for block in range(blocks):
            before = out * 2 if block == 0 and width > 64 else out
            tensors += conv(c, width, 1, before) + conv(width, width, 3, out)
            tensors += conv(width, 4 * width, 1, out)
            if block == 0:
                tensors += conv(c, 4 * width, 1, out)
            c = 4 * width
    return tensors + [(c * 1000, c * 1000), (1000, 0)]


# ---- Exchanges: seconds for `size` bytes among n GPUs --------------------------------------------

def ring(size, n, m=Machine):
    nodes = max(1, n // m.PER_NODE)
    hops = 2 * (n - nodes) * m.LINK_HOP + 2 * (nodes - 1) * m.NET_HOP
    speed = m.LINK if nodes == 1 else m.NET * m.PER_NODE  # as many rings as there are cards
    return hops + 2 * (n - 1) / n * size / min(speed, m.LINK)


def tree(size, n, m=Machine):
    """A chain in each node, a double binary tree between nodes."""
    nodes = max(1, n // m.PER_NODE)
    hops = 2 * ((min(n, m.PER_NODE) - 1) * m.LINK_HOP + math.log2(nodes) * m.TREE_HOP)
    speed = m.LINK if nodes == 1 else min(m.LINK, m.NET * m.PER_NODE)
    return hops + 2 * size / speed


def hierarchical(size, n, m=Machine):
    """Sums in each node; each GPU's part among the nodes, by a tree; then all parts in each node."""
    nodes, g = max(1, n // m.PER_NODE), min(n, m.PER_NODE)
    inside = 2 * ((g - 1) * m.LINK_HOP + (g - 1) / g * size / m.LINK)
    if nodes == 1:
        return inside
    return inside + 2 * math.log2(nodes) * m.TREE_HOP + 2 * size / g / m.NET


def best(size, n):
    return min(f(size, n) for f in (ring, tree, hierarchical))


# ---- A step --------------------------------------------------------------------------------------

def compute_of_gpu():
    """(a step of no pictures, a picture), from the first two published times, whose exchange is
    hidden."""
    (n, b, epochs, minutes), (n2, b2, epochs2, minutes2) = MLPERF[:2]
    step = minutes * 60 / (epochs * IMAGES / n / b)
    step2 = minutes2 * 60 / (epochs2 * IMAGES / n2 / b2)
    per_image = (step - step2) / (b - b2)
    return step - b * per_image, per_image


def buckets(tensors, bytes_each):
    """[(share of the backward pass after which it is full, bytes)], as core/passes/parallel.c."""
    total, done, held, count, out = sum(t[1] for t in tensors), 0, 0, 0, []
    for parameters, macs in reversed(tensors):
        size = parameters * bytes_each
        if held and held + size > BUCKET_BYTES:
            out.append((done, held))
            held = count = 0
        done += macs / total
        held, count = held + size, count + 1
        if held >= BUCKET_BYTES or count == MAX_OPERANDS:
            out.append((done, held))
            held = count = 0
    return out + ([(done, held)] if held else [])


def step(compute, full, exchange):
    """(seconds, seconds of exchange): the backward pass is two thirds; exchanges run one by one."""
    end = alone = 0
    for share, size in full:
        seconds = exchange(size)
        end = max(end, compute * (1 + 2 * share) / 3) + seconds
        alone += seconds
    return max(end, compute), alone


def slowest(n, spread):
    """What the slowest of n ranks takes, by the mean: normal distribution."""
    return 1 + spread * (math.sqrt(2 * math.log(n)) if n > 1 else 0)


# ---- Tables --------------------------------------------------------------------------------------

def table(title, heads, rows):
    print(f"\n{title}\n\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")


def print_exchanges():
    rows = []
    for n, _, _ in PLAN:
        for name, size in (("loss", 4), ("a norm", 16384), ("all gradients", 102.2e6)):
            rows.append([str(n), name] +
                        [f"{1e3 * f(size, n):.3f}" for f in (ring, tree, hierarchical)])
    table("One exchange, ms:", ["GPUs", "of", "ring", "tree", "hierarchical"], rows)


def print_steps(fixed, per_image):
    rows = []
    full = buckets(layers(), 4)
    for n, b, epochs in PLAN:
        compute = fixed + b * per_image
        slow = compute * slowest(n, Machine.SPREAD)
        seconds, alone = step(slow, full, lambda size, n=n: best(size, n))
        hidden = 1 - (seconds - slow) / alone
        steps = math.ceil(IMAGES / n / b)
        rows.append([f"{n}", f"{n * b}", f"{b}", f"{1e3 * compute:.1f}",
                     f"{1e3 * (slow - compute):.2f}", f"{1e3 * alone:.2f}", f"{hidden:.0%}",
                     f"{1e3 * seconds:.1f}", f"{compute / seconds:.0%}",
                     f"{n * b / seconds / 1e6:.2f}", f"{epochs}",
                     f"{epochs * steps * seconds / 60:.2f}"])
    table("Steps, gradients in fp32:",
          ["GPUs", "batch", "of one", "compute ms", "slowest + ms", "exchange ms", "hidden",
           "step ms", "efficiency", "million images/s", "epochs", "minutes"], rows)


def print_published(fixed, per_image):
    rows = []
    for n, b, epochs, minutes in MLPERF:
        published = minutes * 60 / (epochs * IMAGES / n / b)
        compute = fixed + b * per_image
        seconds, _ = step(compute, buckets(layers(), 2), lambda size, n=n: best(size, n))
        rows.append([f"{n}", f"{b}", f"{epochs}", f"{minutes}", f"{1e3 * published:.1f}",
                     f"{1e3 * seconds:.1f}", f"{seconds / published:.2f}"])
    table("Published steps and the model's, gradients in fp16:",
          ["GPUs", "pictures of one", "epochs", "minutes", "ms a step", "model", "ratio"], rows)


def print_limits(fixed, per_image):
    rows, n_norms = [], 53
    for n, b, _ in PLAN:
        compute = fixed + b * per_image
        two = 2 * Machine.LINK_HOP
        rows.append([f"{n}", f"{2 * n_norms * 1e3 * best(16384, n):.1f}",
                     f"{2 * n_norms * 1e3 * ring(16384, n):.0f}", f"{2 * n_norms * 1e3 * two:.1f}",
                     f"{1e3 * compute:.1f}", f"{100 * fixed / compute:.0f} %",
                     f"{Machine.PER_NODE * b / compute:.0f}"])
    table("What grows, and what it is measured by:",
          ["GPUs", "norms of all, ms", "by a ring", "norms of 2", "compute", "of which fixed",
           "pictures/s a node"], rows)


def print_measured(files):
    """The first file is of one process. Its compute and the second's exchange are the parameters."""
    runs = [json.load(open(name, encoding="utf-8")) for name in files]
    one, two = runs[0], runs[1]["scaling"]
    rows = []
    for run in runs:
        n = run.get("scaling", {}).get("processes", 1)
        alone = run.get("scaling", {}).get("alone_ms", one["median_ms"])
        plain = run.get("scaling", {}).get("plain_ms", 0)
        spread = (run["p90_ms"] / run["median_ms"] - 1) / 1.28
        model = max(alone * slowest(n, spread), alone) + \
            (1 - two["hidden"]) * two["plain_ms"] * 2 * (n - 1) / n
        rows.append([f"{n}", f"{alone:.1f}", f"{plain:.1f}", f"{spread:.1%}",
                     f"{model:.1f}", f"{run['median_ms']:.1f}", f"{model / run['median_ms']:.2f}"])
    table("Measured here and the model's:",
          ["processes", "compute ms", "exchange ms", "spread", "model ms", "measured ms", "ratio"],
          rows)


def main():
    if len(sys.argv) > 1:
        print_measured(sys.argv[1:])
        return
    fixed, per_image = compute_of_gpu()
    tensors = layers()
    print(f"ResNet-50: {sum(t[0] for t in tensors) / 1e6:.2f} million parameters, "
          f"{sum(t[1] for t in tensors) / 1e9:.2f} billion multiply-adds, "
          f"{len(buckets(tensors, 4))} exchanges a step; "
          f"a GPU: {1e3 * fixed:.2f} ms and {1e3 * per_image:.4f} ms a picture")
    print_published(fixed, per_image)
    print_exchanges()
    print_steps(fixed, per_image)
    print_limits(fixed, per_image)


main()
