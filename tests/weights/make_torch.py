"""make_torch.py: what tests/weights/test_torch compares with. Call it from the source tree, with PyTorch:

    python tests/weights/make_torch.py [GOLDEN]

It writes small files into tests/fuzz/corpus/torch, with which fuzzing starts, too (.pth: zip, .th: legacy), and
tests/weights/torch.txt: of each file, and of those under GOLDEN/weights, a line of its path, the entry that the
weights are taken from, the number of tensors, and the CRC-32 of them all as torch.load gives them, but for the
prefixes of their names."""
import argparse
import collections
import pathlib
import sys
import zlib

import numpy
import torch

CORPUS = "tests/fuzz/corpus/torch"
TYPES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.float64: "F64",
         torch.int64: "I64", torch.int32: "I32", torch.int16: "I16", torch.int8: "I8",
         torch.uint8: "U8", torch.bool: "BOOL"}


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(1, 2, 3)
        self.bn = torch.nn.BatchNorm2d(2)
        self.tied = torch.nn.ModuleList([self.bn])
        self.none = None
        self.register_parameter("absent", None)
        self.register_buffer("kept", torch.arange(3))
        self.register_buffer("left_out", torch.arange(4), persistent=False)


class Small(torch.nn.Module):
    """The older format stores the source of each class."""

    def __init__(self, child):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.rand(2, 3))
        self.register_buffer("left_out", torch.arange(4), persistent=False)
        self.child = child


class Script(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = torch.nn.Linear(3, 2)


def views():
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6) / 7
    return collections.OrderedDict(
        base=base, transposed=base.t(), part=base[1:3, 2:5], steps=base[::2, 1::3],
        expanded=torch.ones(1).expand(5), scalar=torch.tensor(7), empty=torch.empty(0, 3),
        half=base.half()[2:], bfloat16=base.bfloat16().t(), double=base.double(),
        bool=base > 2, u8=torch.tensor([1, 255], dtype=torch.uint8),
        i8=torch.tensor([-1, 2], dtype=torch.int8), i16=torch.tensor([-3], dtype=torch.int16),
        i32=torch.tensor([1 << 30], dtype=torch.int32),
        channels_last=torch.arange(24.).reshape(1, 2, 3, 4).to(memory_format=torch.channels_last))


def checkpoint():
    net = torch.nn.Linear(2, 2)
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    ema = {name: value + 1 for name, value in net.state_dict().items()}
    return {"epoch": 3, "best": numpy.float64(0.5), "args": argparse.Namespace(lr=0.1, model=None),
            "optimizer": optimizer.state_dict(), "model_ema": {"module": ema, "decay": 0.9},
            "model": net.state_dict(), "path": pathlib.PurePosixPath("a"), "classes": {"a", "b"},
            "rate": 1e-3, "large": 1 << 80, "bytes": b"\0\1", "lists": [[1, -2, 300, 70000], (None,)]}


def nested():
    fc = torch.nn.Linear(2, 1)
    return {"head": {"fc": dict(fc.named_parameters())}, "body": [torch.ones(2)], "n": 1,
            "size": fc.weight.shape, "scale": fc.weight.detach()}


def tensors(value, prefix=""):
    """The tensors of a state dict, a module, or of dicts in dicts."""
    if isinstance(value, torch.nn.Module):
        value = value.state_dict()
    if isinstance(value, torch.Tensor):
        return {prefix: value.detach()}
    found = {}
    if isinstance(value, dict):
        for name, item in value.items():
            found.update(tensors(item, f"{prefix}.{name}" if prefix else name))
    return found


def strip(found):
    """Without the prefixes that all names share and that say nothing."""
    for prefix in "module.", "model.", "_orig_mod.":
        if all(name.startswith(prefix) for name in found):
            return strip({name.removeprefix(prefix): found[name] for name in found})
    return found


def line(path, key):
    value = torch.load(path, weights_only=False, map_location="cpu")
    for part in key.split(".") if key != "-" else []:
        value = value[part]
    found, crc = strip(tensors(value)), 0
    for name in sorted(found):
        tensor = found[name]
        shape = ",".join(str(length) for length in tensor.shape)
        crc = zlib.crc32(f"{name} {TYPES[tensor.dtype]} {shape}\n".encode(), crc)
        data = tensor.contiguous().reshape(-1).view(torch.uint8)
        crc = zlib.crc32(data.numpy().tobytes(), crc)
    return f"{key} {len(found)} {crc:08x}"


def save(value, name, **how):
    path = f"{CORPUS}/{name}"
    torch.save(value, path, _use_new_zipfile_serialization=name.endswith(".pth"), **how)


def main():
    torch.manual_seed(1)
    for kind in "pth", "th":
        save(views(), f"views.{kind}")
        save(checkpoint(), f"checkpoint.{kind}")
        save(nested(), f"nested.{kind}", pickle_protocol=5)
    save(Net(), "module.pth")
    save(Small(Small(None)), "module.th")
    save(views(), "protocol4.th", pickle_protocol=4)
    torch.jit.script(Script()).save(f"{CORPUS}/script.pth")
    with open("tests/weights/torch.txt", "w") as out:
        for path in sorted(pathlib.Path(CORPUS).iterdir()):
            for key in ["model", "model_ema.module"] if path.stem == "checkpoint" else ["-"]:
                print(f"corpus/{path.name}", line(path, key), file=out)
        for golden, key in GOLDEN.items() if len(sys.argv) > 1 else []:
            print(golden, line(f"{sys.argv[1]}/{golden}", key), file=out)


GOLDEN = {
    "weights/lightning/last.ckpt": "state_dict",
    "weights/torch_bfloat16/weights.pth": "-",
    "weights/torch_bottleneck/weights.pth": "-",
    "weights/torch_checkpoint/checkpoint.pth.tar": "state_dict",
    "weights/torch_compiled_ema/checkpoint.pth": "model",
    "weights/torch_half_strided/weights.pt": "-",
    "weights/torch_legacy/weights.pth": "-",
    "weights/torch_zip/weights.pth": "-",
    "../cifar10/resnet20-12fca82f.th": "state_dict",
    "../cifar10/resnet56-4bfd9763.th": "state_dict",
}
main()
