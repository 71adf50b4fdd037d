"""five_seeds_print.py FOLDER A B: compares the curves in FOLDER/A.SEED/metrics.jsonl with those of
B; exit status 1 where their means differ by more than the noise."""
import glob
import json
import math
import os
import statistics
import sys

LIMIT = 2.78  # of Welch's t
QUANTITIES = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy"]


def curves_of(folder, kind):
    """By seed: a list of epochs."""
    paths = sorted(glob.glob(os.path.join(folder, kind + ".*", "metrics.jsonl")))
    return [[json.loads(line) for line in open(path)] for path in paths]


def learned(curves):
    """Without times."""
    return [[[epoch[q] for q in QUANTITIES] for epoch in seed] for seed in curves]


def welch(a, b):
    """Both always the same: no noise, so equal means give 0 and others infinity."""
    difference = abs(statistics.mean(a) - statistics.mean(b))
    error = math.sqrt(statistics.variance(a) / len(a) + statistics.variance(b) / len(b))
    return difference / error if error else (math.inf if difference else 0.0)


def main():
    folder, *kinds = sys.argv[1:]
    curves = [curves_of(folder, kind) for kind in kinds]
    if curves[0] and learned(curves[0]) == learned(curves[1]):
        sys.exit(f"{kinds[0]} and {kinds[1]} gave the same bits: there is nothing to compare")
    largest = 0.0
    print(f"{'epoch':6}{'':20}" + "".join(f"{kind:>24}" for kind in kinds) + f"{'t':>8}")
    for epoch in range(len(curves[0][0])):
        for quantity in QUANTITIES:
            values = [[seed[epoch][quantity] for seed in curve] for curve in curves]
            t = welch(*values)
            largest = max(largest, t)
            print(f"{epoch + 1:<6}{quantity:20}" + "".join(
                f"{statistics.mean(v):13.5f} +- {statistics.stdev(v):7.5f}" for v in values)
                + f"{t:8.2f}{'  beyond' if t >= LIMIT else ''}")
    within = largest < LIMIT
    print(f"{len(curves[0])} seeds each, largest Welch's t {largest:.2f}: the difference of means is "
          f"{'within' if within else 'more than'} seed noise (below {LIMIT})")
    sys.exit(0 if within else 1)


if __name__ == "__main__":
    main()
