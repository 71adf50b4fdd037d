#!/bin/sh
# update.sh: writes the baseline of the version that include/resnet/plugin.h gives, and freezes its
# headers; for a new version, or before 0.x is frozen.
#
#     srcdir=. tests/abi/update.sh
srcdir=$(cd "${srcdir:?the folder of configure.ac}" && pwd) || exit 1
. "$srcdir/tests/abi/abi.sh"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

anchor "$headers" "$work/anchor.so" && describe "$work/anchor.so" >"$work/anchor.abi" || exit 1
cp "$work/anchor.abi" "$abi/$(baseline "$headers")" && echo "wrote $abi/$(baseline "$headers")"
frozen=$abi/frozen/$(version "$headers")
rm -rf "$frozen" && mkdir -p "$frozen" && cp -R "$headers/resnet" "$frozen" && echo "wrote $frozen"
