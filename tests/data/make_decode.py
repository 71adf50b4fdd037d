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


def png(width, height, depth, colour, rows, interlaced=0, extra=b""):
    """A PNG of a form that Pillow cannot write; rows as they are stored, unfiltered."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    packed = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", packed)
            + chunk(b"IEND", b""))


def interlaced_rows(image):
    """The rows of the seven passes of Adam7."""
    data, (width, height), n = image.tobytes(), image.size, len(image.getbands())
    for x0, y0, dx, dy in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4),
                           (1, 0, 2, 2), (0, 1, 1, 2)):
        for y in range(y0, height, dy):
            row = b"".join(data[(y * width + x) * n:][:n] for x in range(x0, width, dx))
            if row:
                yield row


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
    wide = [b"".join(struct.pack(">H", v * 251 + 3) for v in narrow.tobytes()[y * 57:][:57])
            for y in range(8)]
    gamma = struct.pack(">I", 4) + b"gAMA" + struct.pack(">I", 100000)
    gamma += struct.pack(">I", zlib.crc32(gamma[4:]))
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
    yield "one.jpg", encoded(picture(1, 1), "JPEG")
    for orientation in range(1, 9):
        yield f"exif{orientation}.jpg", encoded(
            narrow, "JPEG", quality=40, exif=exif(orientation, "<>"[orientation % 2]))
    yield "rgb.png", encoded(narrow, "PNG")
    yield "rgba.png", encoded(alpha.crop((0, 0, 19, 8)), "PNG")
    yield "grey.png", encoded(grey, "PNG")
    yield "grey_alpha.png", encoded(alpha.convert("LA"), "PNG")
    yield "bilevel.png", encoded(grey.convert("1"), "PNG")
    yield "palette.png", encoded(rgb.quantize(13), "PNG")
    yield "palette_transparent.png", encoded(rgb.quantize(3), "PNG", transparency=1)
    yield "exif6.png", encoded(narrow, "PNG", exif=exif(6, "<"))
    yield "rgb16.png", png(19, 8, 16, 2, wide)
    yield "grey16.png", png(57, 8, 16, 0, wide)
    yield "grey2.png", png(53, 4, 2, 0, [bytes((i * 29 + y) % 256 for i in range(14)) for y in range(4)])
    yield "interlaced.png", png(19, 8, 8, 2, interlaced_rows(narrow), interlaced=1)
    yield "gamma.png", png(57, 8, 8, 0, [narrow.tobytes()[y * 57:][:57] for y in range(8)], extra=gamma)
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
