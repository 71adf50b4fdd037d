"""Writes many small pictures of which one in a hundred is broken, in one of eleven ways.

    python3 make_broken.py CORPUS FOLDER COUNT

CORPUS has 420.jpg and rgb8.png. Below FOLDER: train/ and val/, the same files, of ten classes;
list.txt, which has a folder, too; and broken.txt, the paths of the broken files of train/ in order.
"""
import os
import random
import shutil
import sys
import zlib


def ways(jpeg, png):
    """The broken files, by what is wrong; None: a link to nothing."""
    rng = random.Random(1)
    data = png.index(b"IDAT") + 4
    size = int.from_bytes(png[data - 8:data - 4], "big")
    huge = png[:16] + b"\x00\x0f\xff\xff\x00\x0f\xff\xff" + png[24:29]
    return {
        "empty": b"",
        "cut_in_header": jpeg[:20],
        "cut_in_pixels": jpeg[:-40],
        "cut_at_end": jpeg[:-2],
        "garbage": rng.randbytes(500),
        "text": b"<html>404 Not Found</html>\n",
        "gif": b"GIF89a" + png[6:],
        "huge": huge + zlib.crc32(huge[12:]).to_bytes(4, "big") + png[33:],
        "zeros": png[:data + size // 2 - 4] + bytes(8) + png[data + size // 2 + 4:],
        "bad_crc": png[:data + size] + bytes(4) + png[data + size + 4:],
        "link": None,
    }


def main(corpus, folder, count):
    good = [open(f"{corpus}/{name}", "rb").read() for name in ("420.jpg", "rgb8.png")]
    os.makedirs(f"{folder}/files")
    for i, data in enumerate(good):
        with open(f"{folder}/files/good{i}", "wb") as file:
            file.write(data)
    broken = ways(*good)
    for name, data in broken.items():
        if data is not None:
            with open(f"{folder}/files/{name}", "wb") as file:
                file.write(data)
    names = []
    for c in range(10):
        os.makedirs(f"{folder}/train/{c}")
    for n in range(count):
        path = f"{n * 10 // count}/{n:05}.jpg"
        if n % 100 != 37:
            os.link(f"{folder}/files/good{n % 2}", f"{folder}/train/{path}")
            continue
        way = list(broken)[n // 100 % len(broken)]
        names.append(path)
        if broken[way] is None:
            os.symlink("nowhere", f"{folder}/train/{path}")
        else:
            os.link(f"{folder}/files/{way}", f"{folder}/train/{path}")
    shutil.copytree(f"{folder}/train", f"{folder}/val", copy_function=os.link, symlinks=True)
    with open(f"{folder}/broken.txt", "w") as file:
        file.writelines(f"{folder}/train/{name}\n" for name in names)
    with open(f"{folder}/list.txt", "w") as file:
        file.write("files/good0\t0\ntrain\t1\nfiles/good1\t2\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
