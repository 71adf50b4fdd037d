#!/bin/sh
# out_of_tree.sh: follows share/doc/writing-a-block.md literally: extracts its files from the page,
# builds them with an installed copy's pkg-config and make, and trains a network with the block.
. "$srcdir/tests/support/script.sh"
page=$srcdir/share/doc/writing-a-block.md
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -m 755 "$work/blocks"

# section LANGUAGE N: the page's N-th code block in that language.
section()
{
    awk -v fence="\`\`\`$1" -v wanted="$2" '
        /^```$/ { inside = 0 }
        inside && n == wanted
        $0 == fence { inside = 1; n++ }' "$page"
}

# attempt WHAT COMMAND...: runs a command; if it fails, prints its output.
attempt()
{
    what=$1
    shift
    if "$@" >"$work/log" 2>&1 </dev/null; then
        ok "$what"
    else
        not_ok "$what"
        cat "$work/log"
        return 1
    fi
}

install_copy()
{
    (umask 022 && ${MAKE:-make} -s -C "$builddir" install DESTDIR="$work/root")
}
attempt 'make install to a DESTDIR' install_copy || finish

# The copy was configured for another prefix, so pkg-config and the plugin path need its location.
description=$(find "$work/root" -name resnet-plugin.pc)
commands=$(dirname "$(find "$work/root" -type f -name resnet-plugin)")
plugins=$(dirname "$(find "$work/root" -type f -name residual.so)")
models=$(dirname "$(find "$work/root" -type f -name 'resnet18.cfg' | head -n 1)")
PKG_CONFIG_PATH=$(dirname "$description")
PKG_CONFIG_SYSROOT_DIR=$work/root
PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1
RESNET_PLUGIN_PATH=$plugins
RESNET_MODELS_PATH=$models
PATH=$commands:$PATH
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR PKG_CONFIG_ALLOW_SYSTEM_CFLAGS
export RESNET_PLUGIN_PATH RESNET_MODELS_PATH PATH
unset MAKEFLAGS MFLAGS
cd "$work/blocks" || exit 1
section c 1 >fire.c
section make 1 >Makefile
section cfg 1 >fire.cfg

if [ -n "${SANITIZE:-}" ]; then
    skip 'blocks out of tree' 'this build has sanitizers, an out-of-tree build has not'
    finish
fi
attempt 'the page builds its block and finds it' sh -e -c "$(section sh 1)" || finish
attempt 'the page installs its block' ${MAKE:-make} install DESTDIR="$work/stage"
verdict 'the block is installed beside the others' "$(
    find "$work/stage" -name fire.so | grep -q "${plugins#"$work/root"}/fire.so" ||
        find "$work/stage")"
attempt 'residual.c builds out of tree' \
    ${CC:-cc} -std=gnu11 $(pkg-config --cflags resnet-plugin) -fPIC -fvisibility=hidden -shared \
    -Wl,-z,defs -o residual.so "$srcdir/plugins/residual.c"
verdict 'the block exports only its entry' "$(
    ${NM:-nm} -D --defined-only fire.so | awk '$NF !~ /^rn_plugin_v/ && $(NF - 1) != "A"')"
verdict 'the block is found in this folder, not in the installed one' "$(
    resnet-plugin --plugin-path="$PWD" info residual | grep -q "file: $PWD/residual.so" ||
        echo "another residual.so is found")"

command -v resnet-run >/dev/null 2>&1 || { skip 'training' 'there is no resnet-run'; finish; }
attempt 'the page describes its network' sh -e -c "$(section sh 2 | grep summary)"
if [ -d /usr/share/datasets/fashion-mnist ]; then
    attempt 'the page trains its network' sh -e -c "$(section sh 2)" || finish
    verdict 'the weights have the names that the page promises' "$(
        grep -aq '"fire1.squeeze.weight"' runs/fire/model.safetensors ||
            echo 'no fire1.squeeze.weight')"
else
    skip 'training' 'Fashion-MNIST is not installed (Debian: dataset-fashion-mnist)'
fi
finish
