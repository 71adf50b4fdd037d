#!/usr/bin/env python3
"""kernels.py FOLDER: what NVIDIA's compiler makes of the kernels of cudnn.so.

FOLDER holds the programs, as the stand-in for NVRTC writes them while it runs with
CUDASIM_PROGRAMS=FOLDER (tests/backends/cudnn/ops.sh). Each is compiled by the real NVRTC for each
of --archs. Registers that are spilled, and kernels of which fewer blocks fit on a multiprocessor
than the backend counts on, are errors (exit status 1). --table prints, for kernels whose names
--only matches, registers and instructions, and what they were in --before; it needs cuobjdump.
Without NVRTC the exit status is 77.
"""
import argparse
import collections
import ctypes
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

GROUP, REGISTERS = 256, 65536  # threads of a block; registers of a multiprocessor

# Blocks of GROUP threads that run at a time: RESIDENT of backends/cudnn/batch_norm_traversal.c, and
# what its VALUES_RESIDENT assumes.
BLOCKS = {"batch_norm_statistics": 3, "batch_norm_grad_sums": 3, "batch_norm_apply": 4,
          "batch_norm_grad_apply": 4}
DEFAULT_BLOCKS = 2

KERNEL = re.compile(
    r"Compiling entry function '(\w+)'.*?(\d+) bytes stack frame, (\d+) bytes spill stores, "
    r"(\d+) bytes spill loads.*?Used (\d+) registers(?:[^\n]*?(\d+) bytes smem)?", re.S)


def nvrtc_open(path):
    folders = [os.environ.get("CUDA_HOME", "/usr/local/cuda")] + glob.glob("/usr/local/cuda-*")
    found = [path] if path else [file for folder in folders
                                 for file in glob.glob(folder + "/lib64/libnvrtc.so.*")]
    for file in found + ["libnvrtc.so.13", "libnvrtc.so.12"]:
        try:
            return ctypes.CDLL(file)
        except OSError:
            continue
    return None


class Program:
    """A program's text and the options of its first line, without the architecture."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            self.text = file.read()
        first = self.text.split(b"\n", 1)[0].split()
        self.options = [word for word in first[1:] if not word.startswith(b"--gpu-arch")]

    def name(self):
        return "%s (%s)" % (self.path, b" ".join(self.options).decode())

    def is_for(self, arch):
        return arch >= 80 or b"-DREAL_BF16" not in self.options

    def compile(self, nvrtc, arch):
        """The cubin and the log."""
        program, size = ctypes.c_void_p(), ctypes.c_size_t()
        words = [b"--gpu-architecture=sm_%d" % arch, b"--ptxas-options=-v"] + self.options
        nvrtc.nvrtcCreateProgram(ctypes.byref(program), self.text, b"resnet.cu", 0, None, None)
        error = nvrtc.nvrtcCompileProgram(program, len(words),
                                          (ctypes.c_char_p * len(words))(*words))
        nvrtc.nvrtcGetProgramLogSize(program, ctypes.byref(size))
        log = ctypes.create_string_buffer(size.value + 1)
        nvrtc.nvrtcGetProgramLog(program, log)
        nvrtc.nvrtcGetCUBINSize(program, ctypes.byref(size))
        cubin = ctypes.create_string_buffer(size.value)
        nvrtc.nvrtcGetCUBIN(program, cubin)
        nvrtc.nvrtcDestroyProgram(ctypes.byref(program))
        return None if error else cubin.raw, log.value.decode()


def blocks_of(registers):
    """Blocks that the registers of a multiprocessor are enough for."""
    return REGISTERS // (GROUP * -(-registers // 8) * 8)


def problems_of(kernel, registers, stack, spills):
    wanted = BLOCKS.get(kernel, DEFAULT_BLOCKS)
    if spills or stack:
        yield "%d bytes are spilled, the stack has %d" % (spills, stack)
    if blocks_of(registers) < wanted:
        yield "%d registers: %d blocks at a time, and it needs %d" % (
            registers, blocks_of(registers), wanted)


# ---- The table ----

def width_of(word):
    """The bytes of a load or store, by its name in machine code: LDG.E.128.CONSTANT."""
    for width, size in (("128", 16), ("64", 8), ("U16", 2), ("S16", 2), ("U8", 1), ("S8", 1)):
        if "." + width in word:
            return size
    return 4


def counts_of(cubin, cuobjdump):
    """Instructions of each kernel of a cubin, by kind."""
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(cubin)
        file.flush()
        text = subprocess.run([cuobjdump, "-sass", file.name], capture_output=True, text=True,
                              check=True).stdout
    counts = {}
    for line in text.splitlines():
        function = re.search(r"Function : (\w+)", line)
        if function:
            kinds = counts[function.group(1)] = collections.Counter()
        word = re.search(r"/\*[0-9a-f]{4}\*/ +(?:@!?\w+ )?([A-Z][\w.]*)", line)
        if not word or word.group(1) == "NOP":
            continue
        word = word.group(1)
        kinds["all"] += 1
        if word.startswith(("LDG", "STG")):
            kinds["%s %d" % (word[:3], width_of(word))] += 1
        elif word.startswith("MUFU"):
            kinds["MUFU"] += 1
        elif word.startswith(("F2F", "PRMT")):
            kinds["halves"] += 1
    return counts


def cells_of(registers, spills, kinds):
    loads, stores = ([kinds["%s %d" % (word, size)] for size in (16, 8, 4, 2, 1)]
                     for word in ("LDG", "STG"))
    return [registers, spills, "/".join(map(str, loads)), "/".join(map(str, stores)),
            kinds["MUFU"], kinds["halves"], kinds["all"]]


TABLE_HEAD = """\
| kernel | sm | registers | spilled | loads of 16/8/4/2/1 | stores | MUFU | F2F, PRMT | all |
|---|---|---|---|---|---|---|---|---|"""


def table_print(after, before):
    """The cells by (kernel, architecture); `before` -> `after` where they differ."""
    print(TABLE_HEAD)
    for (kernel, arch), cells in sorted(after.items()):
        earlier = before.get((kernel, arch), cells)
        print("| `%s` | %d | %s |" % (kernel, arch, " | ".join(
            str(new) if old == new else "%s → %s" % (old, new)
            for old, new in zip(earlier, cells))))


# ---- Programs ----

def programs_of(folder, args):
    programs = [Program(path) for path in sorted(glob.glob(folder + "/*.cu"))]
    return [p for p in programs if re.search(args.options, p.name())
            and re.search(r"KERNEL (%s)" % args.only, p.text.decode())]


def examine(programs, nvrtc, cuobjdump, args):
    """Compiles all. The number of kernels, what is wrong, and the cells of the table."""
    n_kernels, problems, table = 0, [], {}
    for arch in map(int, args.archs.split(",")):
        for program in filter(lambda p: p.is_for(arch), programs):
            cubin, log = program.compile(nvrtc, arch)
            if cubin is None:
                problems.append("%s, sm_%d: %s" % (program.name(), arch, log))
                continue
            counts = counts_of(cubin, cuobjdump) if args.table else {}
            for kernel, *numbers in KERNEL.findall(log):
                stack, stores, loads, registers, _ = (int(n or 0) for n in numbers)
                n_kernels += 1
                problems += ["%s, %s, sm_%d: %s" % (kernel, program.name(), arch, problem)
                             for problem in problems_of(kernel, registers, stack, stores + loads)]
                if args.table and re.fullmatch(args.only or ".*", kernel):
                    table[kernel, arch] = cells_of(registers, stores + loads, counts[kernel])
    return n_kernels, problems, table


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder")
    parser.add_argument("--archs", default="75,80,90,100,120")
    parser.add_argument("--nvrtc")
    parser.add_argument("--only", default="", help="of kernels, a regular expression")
    parser.add_argument("--options", default="", help="of programs, a regular expression")
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--before", help="the programs of an earlier version, for the table")
    args = parser.parse_args()
    nvrtc = nvrtc_open(args.nvrtc)
    cuobjdump = os.environ.get("CUOBJDUMP") or shutil.which("cuobjdump")
    if not nvrtc or (args.table and not cuobjdump):
        print("kernels.py: %s is not installed" % ("cuobjdump" if nvrtc else "NVIDIA's NVRTC"))
        return 77
    programs = programs_of(args.folder, args)
    if not programs:
        sys.exit("kernels.py: %s holds no such programs" % args.folder)
    n_kernels, problems, table = examine(programs, nvrtc, cuobjdump, args)
    for problem in problems:
        print(problem)
    if args.table:
        earlier = programs_of(args.before, args) if args.before else []
        table_print(table, examine(earlier, nvrtc, cuobjdump, args)[2])
    else:
        print("%d programs, %d kernels, %d problems" % (len(programs), n_kernels, len(problems)))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
