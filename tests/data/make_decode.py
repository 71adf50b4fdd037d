#!/usr/bin/env python3
"""Writes small pictures in all forms, and what Pillow reads from them, for test_decode.c.

    python3 tests/data/make_decode.py tests/fuzz/corpus/decode tests/data/decode.safetensors

The pictures are also what fuzzing starts from. To keep the second file small, it has every 17th byte of
what Pillow's convert("RGB") makes of NAME as "rgb/NAME", of convert("L") as "grey/NAME", and of
ImageOps.exif_transpose as "upright/NAME". Of 16-bit grey files, which Pillow would clip, the high bytes are
recorded. Written by Pillow 13.0.
"""
import io
import json
import os
import struct
import sys
import zlib

import PIL
from PIL import Image, ImageOps

STEP = 17
WIDTH, HEIGHT = 53, 41


def picture(width=WIDTH, height=HEIGHT):
    """Smooth, with an edge, and different in each channel."""
    data = bytearray()
    for y in range(height):
        for x in range(width):
            edge = 90 if (x // 9 + y // 7) % 2 else 0
            data += bytes(((4 * x + edge) % 256, (5 * y + edge) % 256, (2 * x + 3 * y) % 256))
    return Image.frombytes("RGB", (width, height), bytes(data))


def encoded(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


# Name, number in PNG, channels, depths.
FORMS = (("grey", 0, 1, (1, 2, 4, 8, 16)), ("rgb", 2, 3, (8, 16)), ("palette", 3, 1, (1, 2, 4, 8)),
         ("grey_alpha", 4, 2, (8, 16)), ("rgba", 6, 4, (8, 16)))

# Of Adam7: first column and row, steps.
PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def png(width, height, depth, colour, channels, interlaced):
    """A PNG of any form; Pillow writes but a few."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    packed, state = bytearray(), 1
    for x, y, across, down in PASSES if interlaced else ((0, 0, 1, 1),):
        columns, rows = -(-(width - x) // across), -(-(height - y) // down)
        for _ in range(rows if columns > 0 else 0):
            packed.append(0)
            for _ in range(-(-columns * channels * depth // 8)):
                state = (state * 1103515245 + 12345) % 2**31
                packed.append(state >> 23)
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    extra = chunk(b"gAMA", struct.pack(">I", 100000))
    if colour == 3:
        extra += chunk(b"PLTE", bytes((i * 37 + 11) % 256 for i in range(3 << depth)))
    if colour < 4:
        extra += chunk(b"tRNS", b"\0\1" * (3 if colour == 2 else 1))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(packed, 9))
            + chunk(b"IEND", b""))


def without_tables(jpeg):
    """The same file without its Huffman tables; those of the standard are meant then."""
    while (at := jpeg.find(b"\xff\xc4")) >= 0:
        jpeg = jpeg[:at] + jpeg[at + 2 + int.from_bytes(jpeg[at + 2:at + 4], "big"):]
    return jpeg


def inks(jpeg):
    """The same file, its four channels called YCCK by Adobe's marker."""
    at = jpeg.index(b"Adobe") + 11
    return jpeg[:at] + b"\2" + jpeg[at + 1:]


def sampled(jpeg, factors):
    """The same file, its first channel sampled otherwise, which Pillow cannot write; has as many blocks."""
    at = jpeg.index(b"\xff\xc0") + 11
    return jpeg[:at] + bytes([factors]) + jpeg[at + 1:]


def exif(orientation, order):
    tags = Image.Exif()
    tags[0x0112] = orientation
    data = tags.tobytes()
    if order == ">":
        data = b"Exif\0\0MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    return data


def files():
    rgb = picture()
    grey, cmyk = rgb.convert("L"), rgb.convert("CMYK")
    alpha = rgb.convert("RGBA")
    alpha.putalpha(grey)
    narrow = picture(19, 8)
    cmyk_file = encoded(cmyk, "JPEG", quality=60)
    yield "420.jpg", encoded(rgb, "JPEG", quality=60, subsampling=2)
    yield "422.jpg", encoded(rgb, "JPEG", quality=60, subsampling=1)
    yield "444.jpg", encoded(rgb, "JPEG", quality=60, subsampling=0)
    yield "440.jpg", sampled(encoded(picture(48, 48), "JPEG", quality=60, subsampling=1), 0x12)
    yield "411.jpg", sampled(encoded(picture(64, 64), "JPEG", quality=60, subsampling=2), 0x41)
    yield "grey.jpg", encoded(grey, "JPEG", quality=60)
    yield "progressive.jpg", encoded(rgb, "JPEG", quality=60, progressive=True)
    yield "restarts.jpg", encoded(rgb, "JPEG", quality=60, restart_marker_blocks=2)
    yield "rgb.jpg", encoded(rgb, "JPEG", quality=60, keep_rgb=True)
    yield "cmyk.jpg", cmyk_file
    yield "ycck.jpg", inks(cmyk_file)
    yield "optimised.jpg", encoded(rgb, "JPEG", quality=30, optimize=True)
    yield "tables.jpg", without_tables(encoded(rgb, "JPEG", quality=60))
    yield "one.jpg", encoded(picture(1, 1), "JPEG")
    for orientation in range(1, 9):
        yield f"exif{orientation}.jpg", encoded(
            narrow, "JPEG", quality=40, exif=exif(orientation, "<>"[orientation % 2]))
    yield "rgb.png", encoded(narrow, "PNG")
    yield "palette.png", encoded(rgb.quantize(13), "PNG")
    yield "exif6.png", encoded(narrow, "PNG", exif=exif(6, "<"))
    for form, colour, channels, depths in FORMS:
        for depth in depths:
            yield f"{form}{depth}.png", png(11, 7, depth, colour, channels, 0)
            yield f"{form}{depth}_interlaced.png", png(11, 7, depth, colour, channels, 1)
    yield "lossy.webp", encoded(rgb, "WEBP", quality=60)
    yield "lossless.webp", encoded(rgb, "WEBP", lossless=True)
    yield "alpha.webp", encoded(alpha, "WEBP", quality=60, exact=True)
    yield "exif6.webp", encoded(narrow, "WEBP", quality=60, exif=exif(6, "<"))


def read(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    if image.mode == "I;16":
        image = Image.frombytes("L", image.size, image.tobytes()[1::2])
    return image


def main(folder, path):
    header, data = {"__metadata__": {"source": f"Pillow {PIL.__version__}"}}, bytearray()
    for name, file in files():
        with open(os.path.join(folder, name), "wb") as out:
            out.write(file)
        image = read(file)
        results = {"rgb": image.convert("RGB"), "grey": image.convert("L")}
        if name.startswith("exif"):
            results["upright"] = ImageOps.exif_transpose(image).convert("RGB")
        for kind, result in results.items():
            kept = result.tobytes()[::STEP]
            header[f"{kind}/{name}"] = {"dtype": "U8", "shape": [len(kept)],
                                        "data_offsets": [len(data), len(data) + len(kept)]}
            data += kept
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text + data)


if __name__ == "__main__":
    main(*sys.argv[1:])
