#!/usr/bin/env python3
"""Writes tests/data/sets, for test_tensors.c and test_tar.c (with NumPy and webdataset 1.0).

    python3 tests/data/make_sets.py tests/data/sets

npy: arrays of 0, 1, 2, … (.npy), in all forms. shards: three shards, and in expected.txt what
webdataset reads from them: "KEY LABEL PICTURE", a line for each sample.
"""
import json
import os
import sys

import numpy as np
import webdataset as wds


def write_array(path, array, version):
    with open(path, "wb") as file:
        np.lib.format.write_array(file, array, version=version)


def make_npy(folder):
    os.makedirs(folder, exist_ok=True)
    numbers = np.arange(5 * 3 * 4 * 2)
    for version in (1, 2, 3):
        write_array(f"{folder}/u8_{version}.npy", numbers.astype("u1").reshape(5, 3, 4, 2), (version, 0))
    for name in ("f4", ">f4", "f8", "i1", "?"):
        save = f"{folder}/{name.replace('>', 'big_').replace('?', 'bool')}.npy"
        np.save(save, numbers[:40].astype(name).reshape(5, 4, 2))
    np.save(f"{folder}/fortran.npy", np.asfortranarray(numbers.astype("u1").reshape(5, 3, 4, 2)))
    np.save(f"{folder}/rank5.npy", numbers.astype("u1").reshape(5, 3, 4, 2, 1))
    np.save(f"{folder}/rank2.npy", numbers.astype("u1").reshape(5, 24))
    np.save(f"{folder}/scalar.npy", np.array(7))
    np.save(f"{folder}/record.npy", np.zeros(5, dtype=[("a", "u1")]))
    for name in ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"):
        np.save(f"{folder}/labels_{name}.npy", np.array([3, 0, 1, 100, 2], dtype=name))
    np.save(f"{folder}/labels_negative.npy", np.array([3, 0, -1, 100, 2], dtype="i2"))
    np.save(f"{folder}/labels_large.npy", np.array([3, 0, 1, 2**63, 2], dtype="u8"))
    np.save(f"{folder}/labels_million.npy", np.array([3, 0, 1, 999999, 2], dtype="u4"))


def make_shards(folder):
    os.makedirs(folder, exist_ok=True)
    shards = [f"{folder}/train-000.tar", f"{folder}/train-001.tar.gz", f"{folder}/train-002.tar"]
    labels = ["cat", "dog", "ant eater"]
    for s, shard in enumerate(shards):
        with wds.TarWriter(shard, mtime=0, user="u", group="g") as writer:
            for i in range(3 + s):
                n = 10 * s + i
                sample = {"__key__": f"part.{s}/{n:04}", "JPG" if i == 1 else "jpg": f"picture {n}".encode()}
                label = labels[n % 3]
                if i % 2:
                    sample["json"] = json.dumps({"width": 3, ("label", "cls", "class")[s]: label}).encode()
                else:
                    sample["cls"] = f" {label}\n".encode()
                sample["seg.png"] = b"not the picture"
                writer.write(sample)
    with open(f"{folder}/expected.txt", "w") as file:
        for sample in wds.WebDataset(shards, shardshuffle=False, empty_check=False):
            about = json.loads(sample.get("json", b"{}"))
            label = about.get("label") or about.get("cls") or about.get("class") or sample["cls"].decode().strip()
            print(sample["__key__"], label, sample["jpg"].decode(), sep="\t", file=file)


if __name__ == "__main__":
    make_npy(f"{sys.argv[1]}/npy")
    make_shards(f"{sys.argv[1]}/shards")
