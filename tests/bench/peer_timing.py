"""What the peers have in common: their command line, how they time and what they print.

peer_NAME.py NETWORK PHASE SETTING --batch N --threads N --models FOLDER prints one JSON object.
With --check it runs once and says how far the result is from PyTorch's in the folder, which
peer_networks.py has written. Exit status 1: it is too far; 3: what is needed is not there, and the
last line of standard error says what.
"""
import time

START = time.perf_counter()

import argparse
import json
import os
import resource
import statistics
import sys

# Of the largest value. bf16 has 8 bits, and 50 layers.
LIMITS = {"fp32": 1e-3, "bf16": 1e-1}
RECIPES = ["sgd", "adamw", "frozen"]  # of training steps; see versus.sh


class Missing(Exception):
    """The peer cannot do this, or not here."""


def parse(settings):
    parser = argparse.ArgumentParser()
    parser.add_argument("network")
    parser.add_argument("phase", choices=["train-step", "infer"])
    parser.add_argument("setting", choices=settings)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--models", required=True)
    parser.add_argument("--precision", choices=LIMITS, default="fp32")
    parser.add_argument("--recipe", choices=RECIPES, default="sgd")
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--warmup", type=int, default=2)
    parser.add_argument("--check", action="store_true")
    return parser.parse_args()


def model(args, end):
    return os.path.join(args.models, args.network + end)


def images(args):
    import numpy
    return numpy.load(model(args, f".{args.batch}.npy"))


def check(args, library, output):
    import numpy
    result = args.phase if args.recipe != "frozen" else args.phase + "-frozen"
    wanted = numpy.load(model(args, f".{args.batch}.{result}.npy"))
    output = numpy.asarray(output, numpy.float32).reshape(wanted.shape)
    difference = float(numpy.abs(output - wanted).max() / numpy.abs(wanted).max())
    print(f"{library}, {args.setting}: differs by {difference:.1e}")
    return 0 if difference <= LIMITS[args.precision] else 1


def time_steps(args, library, step):
    ready_s = time.perf_counter() - START
    step()
    first_s = time.perf_counter() - START
    times = []
    for _ in range(args.warmup - 1 + args.steps):
        start = time.perf_counter()
        step()
        times.append(1e3 * (time.perf_counter() - start))
    times = sorted(times[-args.steps:])
    print(json.dumps({
        "library": library, "setting": args.setting,
        "median_ms": statistics.median(times), "p90_ms": times[(len(times) * 9 + 9) // 10 - 1],
        "ready_ms": 1e3 * ready_s, "first_done_ms": 1e3 * first_s,
        "peak_bytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))


def main(settings, make):
    """make(args) returns the library's name and version, and the step, a function without
    parameters; what a step returns is the logits, or the loss."""
    args = parse(settings)
    try:
        library, step = make(args)
        if args.check:
            sys.exit(check(args, library, step()))
    except (ImportError, Missing) as error:
        print(error, file=sys.stderr)
        sys.exit(3)
    time_steps(args, library, step)
