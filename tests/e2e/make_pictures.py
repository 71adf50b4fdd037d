"""Writes the same small pictures in the form of every data set, with Python's standard library.

    python3 make_pictures.py FOLDER

100 pictures of 32x32 for training and 20 for validation, of the ten classes of CIFAR-10, in order of
the classes. Below FOLDER: folder/, list/, numbers/ (a list whose labels are numbers), shards/, cifar/, npy/,
safetensors/; and the red planes of the pictures in grey/ (a list) and idx/.
"""
import io
import json
import os
import random
import struct
import sys
import tarfile
import zlib

CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
SIDE = 32
PIXELS = SIDE * SIDE


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)


def png(planes):
    """A PNG of one plane, grey, or of three, RGB."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = b"".join(
        b"\0" + bytes(plane[y * SIDE + x] for x in range(SIDE) for plane in planes) for y in range(SIDE))
    colour = 2 if len(planes) == 3 else 0
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 8, colour, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def picture(label, rng):
    """Planes of noise around a colour of the class."""
    planes = []
    for c in range(3):
        middle = 40 + 19 * ((label * (c + 1) + c) % 10)
        planes.append(bytes(max(0, min(255, middle + rng.randrange(-35, 36))) for _ in range(PIXELS)))
    return planes


def make_shards(folder, split, samples):
    """Two shards; labels in .cls and in .json by turns."""
    os.makedirs(folder, exist_ok=True)
    half = len(samples) // 2
    for shard, part in enumerate((samples[:half], samples[half:])):
        with tarfile.open(f"{folder}/{split}-{shard:03}.tar", "w") as tar:
            for i, (label, planes) in enumerate(part):
                name = CLASSES[label]
                about = ("cls", name.encode()) if i % 2 else ("json", json.dumps({"label": name}).encode())
                for ending, data in (("png", png(planes)), about):
                    member = tarfile.TarInfo(f"{shard}{i:04}.{ending}")
                    member.size = len(data)
                    tar.addfile(member, io.BytesIO(data))


def npy(kind, shape, data):
    head = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    head += b" " * (-(len(head) + 11) % 64) + b"\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head + data


def make_tensors(folder, split, samples):
    images = b"".join(b"".join(planes) for _, planes in samples)
    labels = struct.pack(f"<{len(samples)}i", *(label for label, _ in samples))
    shape = (len(samples), 3, SIDE, SIDE)
    write(f"{folder}/npy/{split}/images.npy", npy("|u1", shape, images))
    write(f"{folder}/npy/{split}/labels.npy", npy("<i4", f"({len(samples)},)", labels))
    head = json.dumps({
        "labels": {"dtype": "I32", "shape": [len(samples)], "data_offsets": [0, len(labels)]},
        "images": {"dtype": "U8", "shape": shape, "data_offsets": [len(labels), len(labels) + len(images)]},
    }).encode()
    head += b" " * (-len(head) % 8)
    write(f"{folder}/safetensors/{split}.safetensors", struct.pack("<Q", len(head)) + head + labels + images)


def make_idx(folder, split, samples):
    n = len(samples)
    write(f"{folder}/{split}-images-idx3-ubyte",
          struct.pack(">IIII", 0x803, n, SIDE, SIDE) + b"".join(planes[0] for _, planes in samples))
    write(f"{folder}/{split}-labels-idx1-ubyte",
          struct.pack(">II", 0x801, n) + bytes(label for label, _ in samples))


def make_cifar(folder, is_train, samples):
    records = [bytes([label]) + b"".join(planes) for label, planes in samples]
    files = [f"data_batch_{i}.bin" for i in range(1, 6)] if is_train else ["test_batch.bin"]
    size = len(records) // len(files)
    for i, name in enumerate(files):
        write(f"{folder}/{name}", b"".join(records[i * size:(i + 1) * size]))
    write(f"{folder}/batches.meta.txt", "\n".join(CLASSES + [""]).encode())


def make_files(folder, split, samples):
    names, numbers, grey = [], [], []
    for i, (label, planes) in enumerate(samples):
        path = f"{split}/{CLASSES[label]}/{i:04}.png"
        write(f"{folder}/folder/{path}", png(planes))
        write(f"{folder}/grey/{path}", png(planes[:1]))
        names.append(f"../folder/{path}\t{CLASSES[label]}\n")
        numbers.append(f"../folder/{path}\t{label}\n")
        grey.append(f"{path}\t{label}\n")
    write(f"{folder}/list/{split}.txt", "".join(names).encode())
    write(f"{folder}/numbers/{split}.txt", "".join(numbers).encode())
    write(f"{folder}/grey/{split}.txt", "".join(grey).encode())


def main(folder):
    rng = random.Random(1)
    for split, n in (("train", 10), ("val", 2)):
        samples = [(label, picture(label, rng)) for label in range(len(CLASSES)) for _ in range(n)]
        make_files(folder, split, samples)
        make_shards(f"{folder}/shards", split, samples)
        make_tensors(folder, split, samples)
        make_cifar(f"{folder}/cifar", split == "train", samples)
        make_idx(f"{folder}/idx", "train" if split == "train" else "t10k", samples)


if __name__ == "__main__":
    main(sys.argv[1])
