#!/usr/bin/env python3
"""Looks into safetensors files of floats, for test scripts; needs nothing but Python.

    tensors.py close A NAME B NAME LIMIT    nothing if the largest difference is at most LIMIT times
                                            the largest number of B, else what it is
    tensors.py shape A NAME                 "2,3,64,64"
    tensors.py published Y REFERENCE LIST LIMIT
                                            compares results for the files of LIST, some of those
                                            that the reference has all of, and prints the top-1
"""
import array, json, os, struct, sys

TYPES = {"F32": "f", "I64": "q", "I32": "i"}


def load(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            tensors[name] = entry
            continue
        numbers = array.array(TYPES[entry["dtype"]])
        numbers.frombytes(data[slice(*entry["data_offsets"])])
        tensors[name] = entry["shape"], numbers
    return tensors


def difference(a, b):
    if len(a) != len(b) or not b:
        return float("inf")
    largest = max(abs(y) for y in b)
    apart = [abs(x - y) for x, y in zip(a, b)]
    return max(apart) / largest if all(d == d for d in apart) else float("inf")


def close(a, a_name, b, b_name, limit):
    found = difference(load(a)[a_name][1], load(b)[b_name][1])
    if not found <= float(limit):
        print(f"{a}: {a_name} differs from {b_name} of {b} by {found:.3g} of the largest")


def published(y, reference, listed, limit):
    ours, theirs = load(y), load(reference)
    files = json.loads(ours["__metadata__"]["files"])
    with open(listed) as file:
        everything = file.read().split()
    place = {name: i for i, name in enumerate(everything)}
    classes = sorted({os.path.basename(os.path.dirname(name)) for name in everything})
    n = len(classes)
    logits, expected = ours["logits"][1], theirs["logits_first_of_each_100"][1]
    right = 0
    for row, name in enumerate(files):
        values = logits[row * n : row * n + n]
        i, found = place[name], max(range(n), key=lambda k: values[k])
        right += classes[found] == os.path.basename(os.path.dirname(name))
        wanted = theirs["pred"][1][i]
        if found != wanted and values[found] - values[wanted] > 1e-4 * max(map(abs, values)):
            print(f"{name}: class {found}, not {wanted}: {list(values)}")
        if i % 100 == 0:
            off = difference(values, expected[i // 100 * n : i // 100 * n + n])
            if not off <= float(limit):
                print(f"{name}: the logits differ by {off:.3g} of the largest")
    print(f"top1 {right / len(files):.4f} of {len(files)}")


def shape(path, name):
    print(*load(path)[name][0], sep=",")


{"close": close, "published": published, "shape": shape}[sys.argv[1]](*sys.argv[2:])
