#!/usr/bin/env python3
"""Prints what a step of ResNet-50 should take on GPUs, kernel by kernel, on paper.

opencl_roofline.py [--batch N] [--network CFG] [TABLE]...
opencl_roofline.py --bench FILE [--device DEVICE] [--fp16] [--network CFG]
opencl_roofline.py --check FILE | --update FILE | --kernels

The tables of share/doc/opencl.md are its output: each stands between <!-- TABLE --> and
<!-- end -->. --check compares them and --update rewrites them; --kernels prints the names of all
kernels. --bench reads what `resnet-run --backend=opencl --json bench CFG` printed, and sets the
device's times beside the expected ones of the same algorithms; DEVICE is one of these tables, or
"TFLOP/s,GB/s,COMPUTE UNITS" of another GPU. Exit status 1: there were other launches than are
counted.
A kernel's roofline time is the longer one of its operations at the device's peak and of its least
bytes at the memory's peak. Its expected time takes the shares of these peaks that are below, the
bytes that its tiles make it read again, tiles that are not full, waves of groups that are not full,
and a launch. opencl_kernels.py counts.
"""
import argparse
import collections
import contextlib
import dataclasses
import difflib
import io
import json
import math
import pathlib
import re
import sys

from opencl_kernels import Division, Step, network_read

ROOT = pathlib.Path(__file__).resolve().parents[2]


@dataclasses.dataclass
class Device:
    name: str
    tflops: float       # fp32, as the vendor gives it
    gbytes: float       # a second
    cores: int          # what a group runs on
    units: int          # as OpenCL counts compute units
    compute: float      # share of the peak that full tiles reach
    memory: float       # share of the peak of plain streams
    launch_us: float
    division: Division
    is_cpu: bool = False

    def at_once(self):
        """Groups of a product that run at the same time."""
        return self.cores if self.is_cpu else self.cores * max(1, 512 // self.division.items)


# The first of the divisions that are tried (product.c), on GPUs and on processors with AVX-512 and
# with AVX2.
TILES = Division(rows=64, columns=64, items=64, depth=8)
PANEL = Division(rows=64, columns=32, items=1, depth=256)
PANEL_AVX2 = Division(rows=48, columns=16, items=1, depth=256)

DEVICES = [
    Device("RX 6600 XT", 10.6, 256, 16, 16, 0.60, 0.84, 6, TILES),
    Device("Arc A380", 4.1, 186, 8, 128, 0.40, 0.80, 10, TILES),
    Device("GTX 960", 2.41, 112, 8, 8, 0.65, 0.80, 6, TILES),
]
POCL = Device("PoCL, two cores", 0.2, 60, 2, 2, 0.85, 0.70, 20, PANEL, is_cpu=True)
POCL_AVX2 = dataclasses.replace(POCL, name="PoCL on AVX2", division=PANEL_AVX2)

# Milliseconds of ResNet-50 on these devices in the table of DLPrimitives, PyTorch 2.4 (fp32):
# device, training?, batch, DLPrimitives by OpenCL, the vendor's library.
PUBLISHED = [
    ("RX 6600 XT", True, 32, 358.872, 266.155), ("RX 6600 XT", False, 64, 196.75, 165.706),
    ("Arc A380", True, 16, 640.916, 329.849), ("Arc A380", False, 32, 271.778, 145.842),
    ("GTX 960", True, 16, 591.143, 375.644), ("GTX 960", False, 32, 316.899, 215.245),
]

# The share of what the device's products or streams reach that a kernel reaches, and why.
KERNELS = {
    "conv2d": (0.95, "the position of each pixel is computed beside the products; a 1x1 kernel needs none"
                     " of its edges"),
    "conv2d_arrange": (0.60, "scattered writes, but of weights alone"),
    "conv2d_classes": (0.80, "a quarter of the pixels each: writes with stride 2, short sums"),
    "conv2d_grad_weight": (0.85, "both matrices are gathered; neighbouring items read different"
                                 " planes of x"),
    "conv2d_sum": (0.90, "a stream"),
    "winograd_weight": (0.40, "36 planes are written, nine neighbours read: small"),
    "winograd_input": (0.70, "windows of 6x6 overlap and are read through the cache; writes are"
                             " whole lines"),
    "winograd_input_turned": (0.40, "neighbouring items read different planes, so lines are read"
                                    " through the cache only"),
    "winograd_output_gradient": (0.75, "as winograd_input, without overlap"),
    "winograd_product": (1.00, "plain matrices; 36 of them fill the device"),
    "winograd_output": (0.70, "reads whole lines of 36 planes; rows of four pixels are written"),
    "winograd_weight_gradient": (0.40, "as winograd_weight"),
    "batch_norm_statistics": (0.90, "a stream of eights, one sum a group"),
    "batch_norm_finish": (1.00, "a launch, and little else"),
    "batch_norm_apply": (0.90, "a stream; includes add, relu and the mask"),
    "batch_norm_whole": (0.75, "two passes by one group a channel; the second is partly cached"),
    "batch_norm_grad_sums": (0.90, "a stream of x, dy and bits"),
    "batch_norm_grad_finish": (1.00, "a launch, and little else"),
    "batch_norm_grad_apply": (0.90, "a stream; includes dz"),
    "batch_norm_grad_whole": (0.75, "as batch_norm_whole"),
    "add": (0.95, "a stream of eights"),
    "relu": (0.90, "a stream of eights"),
    "relu_grad": (0.90, "a stream of eights"),
    "max_pool": (0.60, "windows overlap and are read through the cache"),
    "max_pool_grad": (0.60, "a pixel reads up to four windows"),
    "global_avg_pool": (0.70, "planes of 49: short sums"),
    "global_avg_pool_grad": (0.90, "a stream of writes"),
    "gemm": (0.60, "32 rows: half of a tile is empty"),
    "linear_grad_bias": (0.50, "a launch, and little else"),
    "reorder": (0.80, "a stream"),
    "softmax": (0.50, "a launch, and little else"),
    "softmax_cross_entropy": (0.50, "a launch, and little else"),
    "mean_loss": (0.50, "a launch, and little else"),
    "softmax_cross_entropy_grad": (0.50, "a launch, and little else"),
    "sgd": (0.90, "a stream, of several tensors where updates follow each other"),
    "check_finite": (0.90, "a stream, four gradients at a time"),
}

# Instructions that find one element of the second matrix, beside as many multiply-adds as a tile
# has rows. An integer division is some 30 on GPUs: two for a pixel, which is found again in each chunk;
# of the gradient of weights two for a weight, half a one for a pixel, and one for an element of the
# first matrix. Processors find a vector at a time, and its pixels once for a tile.
INDICES = {"conv2d": (75, 10), "conv2d_classes": (95, 20), "conv2d_grad_weight": (140, 20)}


def index_share(device, function):
    indices = INDICES.get(function, (0, 0))[device.is_cpu]
    return device.division.rows / (device.division.rows + indices)


def filling(device, launch):
    """How much of a product's work is of use: tiles reach beyond the edges, waves of groups are not
    full, and on GPUs each sum begins with nothing in local memory."""
    m, n, k, batches = launch.product
    tiles_m, tiles_n = device.division.tiles(m, n)
    full = m * n / (tiles_m * device.division.rows * tiles_n * device.division.columns)
    groups, at_once = tiles_m * tiles_n * batches, device.at_once()
    waves = groups / at_once
    if waves > 1:  # groups of a wave do not end together, so the last one costs half of one
        waves /= math.ceil(waves) / 2 + waves / 2
    return full * min(waves, 1) * (1 if device.is_cpu else k / (k + device.division.depth))


def roofline(device, launch):
    """Seconds."""
    return launch.count * max(launch.flops / device.tflops / 1e12,
                              launch.least / device.gbytes / 1e9)


def expected(device, launch):
    share = KERNELS[launch.function][0]
    moved = (launch.read + launch.written) / device.gbytes / 1e9 / device.memory
    done = launch.flops / device.tflops / 1e12 / device.compute
    if launch.product:
        share *= index_share(device, launch.function)
        seconds = max(done / filling(device, launch) / share, moved)
    else:
        seconds = max(done, moved / share)
    return launch.count * (seconds + device.launch_us / 1e6)


def total(device, launches, time):
    return 1e3 * sum(time(device, launch) for launch in launches)


def row(cells):
    print("| " + " | ".join(cells) + " |")


def head(names):
    row(names)
    print("|" + "---|" * len(names))


def number(value):
    """Three digits."""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{min(digits, 3)}f}"


def times(launches_of, devices):
    """Cells: roofline and expected milliseconds, and the share, for each device."""
    cells = []
    for device, launches in zip(devices, launches_of):
        least, seen = total(device, launches, roofline), total(device, launches, expected)
        cells += [f"{number(least)} / {number(seen)}", f"{100 * least / seen:.0f} %"] if seen else \
            ["not used", ""]
    return cells


def by(launches, key):
    """Launches by what `key` says of each, in the order of their first."""
    groups = collections.OrderedDict()
    for launch in launches:
        groups.setdefault(key(launch), []).append(launch)
    return groups


def counts(launches):
    flops = sum(launch.count * launch.flops for launch in launches)
    read = sum(launch.count * launch.read for launch in launches)
    written = sum(launch.count * launch.written for launch in launches)
    return [str(sum(launch.count for launch in launches)), number(flops / 1e9),
            number(read / 1e6), number(written / 1e6), number(flops / (read + written))]


COUNTS = ["launches", "GFLOP", "MB read", "MB written", "FLOP/B"]


def table(steps, key, names, least=0.0):
    """steps: a list of launches for each device. Groups that take less than the share `least` of
    each device's expected time are left out."""
    head(names + COUNTS + [text for d in DEVICES for text in (d.name + ", ms", "share")])
    grouped = [by(launches, key) for launches in steps]
    limits = [least * total(d, launches, expected) for d, launches in zip(DEVICES, steps)]
    for group in by(sum(steps, []), key):
        of_device = [groups.get(group, []) for groups in grouped]
        if all(total(d, launches, expected) < limit
               for d, launches, limit in zip(DEVICES, of_device, limits)):
            continue
        row([*group] + counts(next(filter(None, of_device))) + times(of_device, DEVICES))
    row(["all"] + [""] * (len(names) - 1) + counts(steps[0]) + times(steps, DEVICES))


def steps_of(layers, batch, training, real):
    return [Step(layers, device, batch, training, real).launches for device in DEVICES]


def print_kernels(layers, batch, training, real):
    table(steps_of(layers, batch, training, real), lambda launch: (f"`{launch.function}`",),
          ["kernel"])


def print_layers(layers, batch):
    table(steps_of(layers, batch, True, 4),
          lambda launch: (f"`{launch.function}`", launch.shape), ["kernel", "shape"], least=0.004)


def print_shares(layers, batch):
    head(["kernel", "share", "indices", "because"])
    used = {launch.function for training in (True, False) for real in (4, 2)
            for launches in steps_of(layers, batch, training, real) for launch in launches}
    for function, (share, why) in KERNELS.items():
        if function in used:
            indices = f"{index_share(DEVICES[0], function):.2f}" if function in INDICES else ""
            row([f"`{function}`", f"{share:.2f}", indices, why])


def print_devices():
    head(["device", "TFLOP/s", "GB/s", "products", "streams", "launch"])
    for device in DEVICES + [POCL]:
        row([device.name, number(device.tflops), number(device.gbytes), f"{device.compute:.2f}",
             f"{device.memory:.2f}", f"{device.launch_us:.0f} us"])


def print_published(layers):
    head(["device", "step", "batch", "roofline", "expected", "not merged", "DLPrimitives",
          "vendor's", "expected / DLPrimitives", "expected / vendor's", "DLPrimitives / not merged",
          "vendor's / not merged"])
    for name, training, batch, peer, vendor in PUBLISHED:
        device = next(d for d in DEVICES if d.name == name)
        launches = Step(layers, device, batch, training, 4).launches
        apart = Step(layers, device, batch, training, 4, is_merged=False).launches
        least, seen, as_theirs = (total(device, launches, roofline),
                                  total(device, launches, expected),
                                  total(device, apart, expected))
        ratios = seen / peer, seen / vendor, peer / as_theirs, vendor / as_theirs
        row([name, "training" if training else "inference", str(batch)] +
            [number(ms) for ms in (least, seen, as_theirs, peer, vendor)] +
            [f"{ratio:.2f}" for ratio in ratios])


def print_sums(layers, batch):
    head(["step, batch " + str(batch)] + [text for d in DEVICES for text in
                                          (d.name + ", ms", "share")])
    for training in (True, False):
        for real, precision in ((4, "fp32"), (2, "fp16")):
            row([("training" if training else "inference") + ", " + precision] +
                times(steps_of(layers, batch, training, real), DEVICES))


def print_processor(layers, batch):
    head(["step", "batch", "GFLOP", "roofline, ms", "expected, ms"])
    for training, images in ((True, 4), (True, batch), (False, batch)):
        launches = Step(layers, POCL, images, training, 4).launches
        row(["training" if training else "inference", str(images), counts(launches)[1],
             number(total(POCL, launches, roofline)), number(total(POCL, launches, expected))])


def ways_of(bench):
    """As way_by_rule: the ways that a bench's convolutions took."""
    names = {(layer["layer"], layer["operator"]): layer["algorithm"] for layer in bench["layers"]}

    def way_of(conv, operator):
        found = re.match(r"winograd (\d)", names[conv.name, operator])
        return int(found[1]) if found else 0
    return way_of


def device_find(text):
    for device in DEVICES + [POCL, POCL_AVX2]:
        if text in device.name:
            return device
    tflops, gbytes, units = (float(part) for part in text.split(","))
    return dataclasses.replace(DEVICES[0], name=text, tflops=tflops, gbytes=gbytes,
                               cores=int(units), units=int(units))


def print_bench(layers, path, device, real):
    """What a device took, beside what it was expected to. Are there as many launches?"""
    bench = json.loads(path.read_text())
    step = Step(layers, device, bench["batch"], bench["phase"] == "train-step", real,
                way_of=ways_of(bench))
    planned = by(step.launches, lambda launch: launch.function)
    measured = {kernel["kernel"]: kernel for kernel in bench["kernels"]}
    head(["kernel", "launches", "as counted", "measured, ms", "expected, ms", "roofline, ms",
          "expected / measured"])
    agrees = True
    for name in list(measured) + [name for name in planned if name not in measured]:
        found, launches = measured.get(name, {"launches": 0, "ms": 0.0}), planned.get(name, [])
        seen, least = total(device, launches, expected), total(device, launches, roofline)
        counted = sum(launch.count for launch in launches)
        agrees = agrees and counted == found["launches"]
        row([f"`{name}`", str(found["launches"]), str(counted),
             number(found["ms"]), number(seen), number(least),
             f"{seen / found['ms']:.2f}" if found["ms"] else ""])
    seen, least = (total(device, step.launches, time) for time in (expected, roofline))
    row(["all, and a step by the clock", "", "", f"{number(bench['device_ms'])}, "
         f"{number(bench['median_ms'])}", number(seen), number(least),
         f"{seen / bench['device_ms']:.2f}"])
    return agrees


TABLES = {
    "devices": lambda layers, batch: print_devices(),
    "shares": print_shares,
    "sums": print_sums,
    "published": lambda layers, batch: print_published(layers),
    "training": lambda layers, batch: print_kernels(layers, batch, True, 4),
    "training-fp16": lambda layers, batch: print_kernels(layers, batch, True, 2),
    "inference": lambda layers, batch: print_kernels(layers, batch, False, 4),
    "inference-fp16": lambda layers, batch: print_kernels(layers, batch, False, 2),
    "layers": print_layers,
    "processor": print_processor,
}


def text_of(name, layers, batch):
    with io.StringIO() as text, contextlib.redirect_stdout(text):
        TABLES[name](layers, batch)
        return text.getvalue()


def document(text, layers, batch):
    """The text of a document with its tables as they should be."""
    def table_of(match):
        return f"<!-- {match[1]} -->\n{text_of(match[1], layers, batch)}<!-- end -->"
    return re.sub(r"<!-- ([a-z0-9-]+) -->\n(?:\|.*\n)*<!-- end -->", table_of, text)


def options_parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=", ".join(TABLES))
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--network", type=pathlib.Path,
                        default=ROOT / "share" / "models" / "resnet50.cfg")
    parser.add_argument("--check", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--update", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--kernels", action="store_true")
    parser.add_argument("--bench", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--device", type=device_find, default=POCL)
    parser.add_argument("--fp16", action="store_true")
    options = parser.parse_args()
    for name in options.tables:
        if name not in TABLES:
            parser.error(f"there is no table {name}; there are " + ", ".join(TABLES))
    return options


def main():
    options = options_parse()
    layers = network_read(options.network)
    if options.kernels:
        print("\n".join(KERNELS))
        return 0
    if options.bench:
        agrees = print_bench(layers, options.bench, options.device, 2 if options.fp16 else 4)
        return 0 if agrees else 1
    path = options.check or options.update
    if not path:
        for name in options.tables or TABLES:
            print(f"<!-- {name} -->\n{text_of(name, layers, options.batch)}<!-- end -->\n")
        return 0
    old = path.read_text()
    new = document(old, layers, options.batch)
    if options.update:
        path.write_text(new)
        return 0
    difference = list(difflib.unified_diff(old.splitlines(), new.splitlines(), str(path),
                                           "opencl_roofline.py", n=0, lineterm=""))
    print("\n".join(difference))
    return 1 if difference else 0


if __name__ == "__main__":
    sys.exit(main())
