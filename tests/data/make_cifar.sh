#!/bin/sh
# make_cifar.sh TEST-JPEG.TAR FOLDER: unpacks the pictures, as FOLDER/test/CLASS/NUMBER.jpg, and
# packs them as ten shards, FOLDER/shard-N.tar: those whose numbers end with N, and their classes.
set -eu
tar -xf "$1" -C "$2"
cd "$2/test"
for class in *; do
    for picture in "$class"/*.jpg; do
        printf %s "$class" >"${picture%.jpg}.cls"
    done
done
for n in 0 1 2 3 4 5 6 7 8 9; do
    find . -name "*$n.jpg" -o -name "*$n.cls" | cut -c3- | LC_ALL=C sort |
        tar -cf "../shard-$n.tar" -T -
done
