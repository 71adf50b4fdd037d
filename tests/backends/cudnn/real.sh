#!/bin/sh
# real.sh: cudnn.so without a GPU, with NVIDIA's libraries if they are installed, and with the
# stand-ins of tests/cudasim: no symbol is missing, and missing libraries are named.
. "$srcdir/tests/e2e/e2e.sh"
plugin=$builddir/.libs/cudnn.so
standins=$builddir/tests/cudasim/lib
if [ ! -f "$plugin" ]; then
    skip 'the libraries of cudnn' 'cudnn.so was not built (see configure)'
    exit 77
fi
export XDG_CACHE_HOME="$work/cache"
unset LD_LIBRARY_PATH CUDASIM_DEVICES CUDASIM_FAIL CUDASIM_REPORT

libraries=$(readelf -d "$plugin" | sed -n 's/.*(NEEDED).*\[\(lib\(cu\|nv\)[^]]*\)\].*/\1/p')
verdict 'the plugin asks for the libraries of CUDA and cuDNN' "$(
    for name in libcudart libcublas libcudnn libnvrtc; do
        echo "$libraries" | grep -q "^$name\.so\.[0-9]*\$" || echo "not $name"
    done)"

# Copies of the plugin that need a library in a version that does not exist.
hide()
{
    mkdir -m 755 "$1" && cp "$builddir"/.libs/*.so "$1"
    LC_ALL=C sed "s/$1\.so\.[0-9]\([0-9]*\)/$1.so.0\1/g" "$plugin" >"$1/cudnn.so"
}
for library in $libraries; do hide "${library%%.so*}"; done

open() { "$run" summary "$net" --algorithms --backend=cudnn; }
info() { "$builddir/resnet-plugin" info cudnn; }
open_in() { RESNET_PLUGIN_PATH=$work/$1 open; }

# missing WHOSE: checks the message for each missing library.
missing()
{
    for library in $libraries; do
        name=${library%%.so*}
        remedy="toolkit's libraries"
        [ "$name" != libcudnn ] || remedy=cuDNN
        expect 3 "it needs the library $name.so.0" "$1: $name is missing" open_in "$name"
        verdict "$1: $name is missing: a remedy is told" "$(
            grep -q "which is missing; install .*$remedy" stderr || show stderr)"
    done
}

# complete WHOSE: the libraries have every function that the plugin calls.
complete()
{
    if [ -n "${SANITIZE:-}" ]; then
        skip "$1: they have every function" "a sanitizer's functions are in the program"
    else
        verdict "$1: they have every function" "$(ldd -r "$plugin" 2>&1 | grep 'undefined')"
    fi
}

if ldd "$plugin" | grep -q 'not found'; then
    skip "NVIDIA's libraries" "$(ldd "$plugin" | grep 'not found' | head -n 1)"
else
    complete "NVIDIA's libraries"
    missing "NVIDIA's libraries"
    if [ -e /dev/nvidiactl ] || ldconfig -p 2>/dev/null | grep -q 'libcuda\.so\.1'; then
        skip "NVIDIA's libraries without a driver" 'there is one'
    else
        expect 3 'there is no NVIDIA driver' "NVIDIA's libraries without a driver" open
        expect 0 'there is no NVIDIA driver' "NVIDIA's libraries without a driver: the listing" info
    fi
fi

[ -f "$standins/libcudasim.so" ] || {
    skip 'the stand-ins' 'they were not built'
    finish
}
export LD_LIBRARY_PATH="$standins"
complete 'the stand-ins'
missing 'the stand-ins'

# machine SETTING WHAT WORDS WORDS: the words of an error, and those of the listing.
machine()
{
    export CUDASIM_DEVICES="$1"
    expect 3 "$3" "the stand-ins: $2" open
    expect 0 "$4" "the stand-ins: $2: the listing" info
}
machine none 'no driver' 'there is no NVIDIA driver' 'there is no NVIDIA driver'
machine old 'an old driver' 'the NVIDIA driver is too old' 'the NVIDIA driver is too old'
machine 0 'no GPU' 'there is no NVIDIA GPU' 'devices: none'
CUDASIM_DEVICES=2
expect 0 'cudnn:1: Simulated GPU 1' 'the stand-ins: two GPUs: the listing' info
finish
