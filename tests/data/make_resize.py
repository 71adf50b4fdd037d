#!/usr/bin/env python3
"""Writes resize.bin: images resized by Pillow, for test_resample.c.

    python3 tests/data/make_resize.py tests/data/resize.bin      (with Pillow 13)

Pillow 13 begins with the columns if the height shrinks more; before, it always began with the rows, which
rounds differently.

To keep the file small, the inputs are not stored: this script and the test compute them by the same
formula. A case is eight little-endian 32-bit numbers (filter, pattern, from height and width, to height
and width, number of bytes, and crc32 of Pillow's result), followed by that many bytes of Pillow's
result: all of a small one, the first ones of a large one. A filter is its number in FILTERS, from 1.
"""
import struct
import sys
import zlib

import PIL
from PIL import Image

NOISE, EDGES = 0, 1
FILTERS = [Image.Resampling.NEAREST, Image.Resampling.BOX, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC]
KEPT = 64

# (from height, from width, to height, to width)
SIZES = [
    (28, 28, 96, 96), (28, 28, 32, 32), (96, 96, 28, 28), (28, 28, 224, 224), (28, 28, 28, 28),
    (1, 1, 1, 1), (1, 1, 7, 5), (9, 4, 1, 1), (28, 28, 28, 40), (28, 28, 17, 28),
    (13, 29, 31, 7), (37, 3, 5, 41), (2, 3, 3, 2), (101, 97, 53, 211), (255, 256, 254, 257),
    (1000, 3, 1, 3), (3, 2000, 2, 1), (640, 480, 3, 2), (375, 500, 256, 341),
]


def pixel(pattern, i, y, x):
    """NOISE: the high byte of a linear congruential generator of the index; EDGES: a checkerboard."""
    if pattern == NOISE:
        return (i * 1103515245 + 12345) % 2**31 >> 23
    return 255 * ((y // 3 + x // 2) % 2)


def write_case(out, pattern, size):
    height, width, to_height, to_width = size
    data = bytes(pixel(pattern, y * width + x, y, x) for y in range(height) for x in range(width))
    image = Image.frombytes("L", (width, height), data)
    for number, kernel in enumerate(FILTERS, 1):
        result = image.resize((to_width, to_height), kernel).tobytes()
        kept = result[:KEPT]
        out.write(struct.pack("<8I", number, pattern, height, width, to_height, to_width, len(kept),
                              zlib.crc32(result)))
        out.write(kept)


def main(path):
    with open(path, "wb") as out:
        for pattern in (NOISE, EDGES):
            for size in SIZES:
                write_case(out, pattern, size)
    print(f"{path}: {2 * len(SIZES) * len(FILTERS)} cases by Pillow {PIL.__version__}")


if __name__ == "__main__":
    main(sys.argv[1])
