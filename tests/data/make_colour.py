#!/usr/bin/env python3
"""Writes colour.bin: what Pillow makes of pictures, for test_colour.c.

    python3 tests/data/make_colour.py tests/data/colour.bin      (with Pillow 13)

The operations are those that torchvision calls, numbered as in core/data/transforms/augment_ops.h.
The pictures are not stored: this script and the test compute them by the same formula. A case is
five little-endian 32-bit numbers (operation, height, width, channels, whether the picture has little
contrast) and its magnitude as a double, followed by the bytes that Pillow makes.
"""
import struct
import sys

import PIL
from PIL import Image, ImageEnhance, ImageOps

# (height, width, channels, whether it has little contrast)
PICTURES = [(15, 20, 3, 0), (15, 20, 1, 1), (1, 1, 3, 0), (1, 9, 3, 1), (5, 3, 1, 0), (7, 7, 3, 1)]


def affine(*matrix):
    return lambda image, m: image.transform(image.size, Image.Transform.AFFINE,
                                            [x(m) if callable(x) else x for x in matrix],
                                            Image.Resampling.NEAREST, fillcolor=0)


def hue(image, turn):
    if image.mode == "L":
        return image
    h, s, v = image.convert("HSV").split()
    h = h.point([(i + int(turn * 255)) % 256 for i in range(256)])
    return Image.merge("HSV", (h, s, v)).convert("RGB")


def enhance(kind):
    return lambda image, m: kind(image).enhance(1 + m)


# (number, function, magnitudes)
OPERATIONS = [
    (1, affine(1, lambda m: m, 0, 0, 1, 0), (0.3, -0.99)),
    (2, affine(1, 0, 0, lambda m: m, 1, 0), (-0.25, 0.7)),
    (3, affine(1, 0, lambda m: -m, 0, 1, 0), (3, -7)),
    (4, affine(1, 0, 0, 0, 1, lambda m: -m), (2, -1)),
    (5, lambda image, m: image.rotate(m, Image.Resampling.NEAREST, fillcolor=0), (17, -90, 130.5)),
    (6, enhance(ImageEnhance.Brightness), (-0.6, 0.7)),
    (7, enhance(ImageEnhance.Color), (-0.6, 0.7)),
    (8, enhance(ImageEnhance.Contrast), (-0.6, 0.7)),
    (9, enhance(ImageEnhance.Sharpness), (-0.6, 0.7)),
    (10, lambda image, m: ImageOps.posterize(image, m), (4, 1)),
    (11, lambda image, m: ImageOps.solarize(image, m), (110, 127.5)),
    (12, lambda image, m: ImageOps.autocontrast(image), (0,)),
    (13, lambda image, m: ImageOps.equalize(image), (0,)),
    (14, hue, (0, 0.1, -0.3)),
    (15, lambda image, m: image.convert("L").convert(image.mode), (0,)),
]


def picture(height, width, channels, is_dull):
    noise = [(i * 1103515245 + 12345) % 2**31 >> 23 for i in range(height * width * channels)]
    data = bytes(60 + x // 4 if is_dull else x for x in noise)
    return Image.frombytes("L" if channels == 1 else "RGB", (width, height), data)


def main(path):
    n = 0
    with open(path, "wb") as out:
        for number, run, magnitudes in OPERATIONS:
            for magnitude in magnitudes:
                for shape in PICTURES:
                    out.write(struct.pack("<5Id", number, *shape, magnitude))
                    out.write(run(picture(*shape), magnitude).tobytes())
                    n += 1
    print(f"{path}: {n} cases by Pillow {PIL.__version__}")


if __name__ == "__main__":
    main(sys.argv[1])
