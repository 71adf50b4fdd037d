#!/bin/sh
# installed.sh: what an author has: an installed copy, a compiler, make and pkg-config, and nothing
# of this tree or of the environment. The templates are made and checked; the blocks of plugins/ and
# the samples in other languages are built there and train for a few steps, in check-long on each
# backend; and the files for autoconf and CMake do what they say.
. "$srcdir/tests/support/script.sh"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
if [ -n "${SANITIZE:-}" ]; then
    skip 'an installed copy' 'this build has sanitizers, what is built with it has not'
    exit 77
fi
. "$srcdir/tests/support/installed.sh"
[ -x "$commands/resnet-run" ] || { skip 'an installed copy' 'there is no resnet-run'; finish; }
mkdir -m 755 "$work/new" "$work/home" "$work/blocks" "$work/autoconf" "$work/cmake"

# clean COMMAND...: with nothing in the environment but the places of the copy, and of programs that
# earlier runs have compiled.
clean()
{
    env -i ${XDG_CACHE_HOME:+XDG_CACHE_HOME="$XDG_CACHE_HOME"} \
        ${POCL_CACHE_DIR:+POCL_CACHE_DIR="$POCL_CACHE_DIR"} \
        POCL_EXTRA_BUILD_FLAGS="${POCL_EXTRA_BUILD_FLAGS:-}" \
        PATH="$commands:/usr/bin:/bin" HOME="$work/home" PKG_CONFIG_PATH="$PKG_CONFIG_PATH" \
        PKG_CONFIG_SYSROOT_DIR="$PKG_CONFIG_SYSROOT_DIR" PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 \
        RESNET_PLUGIN_PATH="$RESNET_PLUGIN_PATH" RESNET_MODELS_PATH="$RESNET_MODELS_PATH" \
        RESNET_TEMPLATES_PATH="$RESNET_TEMPLATES_PATH" "$@"
}

# ---- pkg-config: every variable is defined ------------------------------------------------------
verdict 'resnet-plugin.pc: every variable has a value without ${…}' "$(
    for name in $(clean pkg-config --print-variables resnet-plugin); do
        value=$(clean pkg-config --variable="$name" resnet-plugin)
        case $value in '' | *'$'*) echo "$name: \"$value\"" ;; esac
    done
    sed 's/^[A-Za-z_]*=//' "$PKG_CONFIG_PATH/resnet-plugin.pc" | grep -o '\${[^}]*}' | sort -u |
        tr -d '${}' | while read -r name; do
        grep -q "^$name=" "$PKG_CONFIG_PATH/resnet-plugin.pc" || echo "$name is not defined"
    done)"
verdict 'resnet-plugin.pc has the version of the headers' "$(
    . "$srcdir/tests/abi/abi.sh"
    [ "$(clean pkg-config --variable=abi_version resnet-plugin)" = "$(version "$headers")" ] ||
        clean pkg-config --variable=abi_version resnet-plugin)"
verdict 'nothing is linked' "$(clean pkg-config --libs resnet-plugin | tr -d ' \n')"

# ---- Templates ----------------------------------------------------------------------------------
cd "$work/new" || exit 1
for kind in block op backend; do
    attempt "new $kind" clean resnet-plugin new $kind my_$kind || continue
    start=$(date +%s)
    attempt "make check of a new $kind" clean make -s -C my_$kind check
    [ $(($(date +%s) - start)) -le 60 ] || echo "# it took more than 60 s"
    verdict "a new $kind exports its entry alone" "$(
        ${NM:-nm} -D --defined-only my_$kind/my_$kind.so | awk '$NF !~ /^rn_plugin_v/')"
done
verdict 'the block has at most 60 lines' "$(wc -l <my_block/my_block.c | awk '$1 > 60')"
verdict 'nothing of a template is left' "$(grep -rn NAME my_*/*.* | grep -v RN_.*NAME)"

# refused WHAT ARGUMENTS... EXPECTED: `new` fails with status 2, says so and leaves nothing.
refused()
{
    ls -A >"$work/before"
    status=0
    clean resnet-plugin new $2 >"$work/log" 2>&1 || status=$?
    verdict "new: $1" "$(
        [ "$status" = 2 ] && grep -q -- "$3" "$work/log" ||
            { echo "status $status"; show "$work/log"; }
        ls -A | diff "$work/before" -)"
}
refused 'a folder that exists' 'block my_block' 'there is a "my_block" here'
refused 'a kind that is unknown' 'blok thing' 'did you mean "block"'
refused 'a name with a slash' 'block a/b' "cannot be a plugin's name"
refused 'a name with a capital' 'block Abc' "cannot be a plugin's name"
refused 'a name that is a path' 'block ../up' "cannot be a plugin's name"
refused 'a built-in layer' 'block relu' 'is a built-in layer'
refused 'the name of another plugin' 'block residual' 'there is a plugin "residual"'
refused 'no name' 'block' 'KIND NAME'
verdict 'new: without templates nothing is left' "$(
    status=0
    RESNET_TEMPLATES_PATH=/nowhere resnet-plugin new block other >"$work/log" 2>&1 || status=$?
    [ "$status" = 4 ] && grep -q /nowhere "$work/log" ||
        { echo "status $status"; show "$work/log"; }
    ls -A | grep other)"

# ---- All blocks, and samples in other languages -------------------------------------------------
backends=cpu_blas
! is_long || backends='reference cpu_blas onednn opencl'

# trains PLUGIN CHANNELS: a few steps of a network with every block of the plugin, each as `info`
# shows it, on each backend that is there, by `bench`, which needs no data.
trains()
{
    clean resnet-plugin --plugin-path="$PWD" info "$1" | sed -n 's/^ *\({ block = .* }\)$/\1/p' \
        >"$1.blocks"
    [ -s "$1.blocks" ] || not_ok "$1: info shows its blocks"
    n=0
    while read -r layer; do
        n=$((n + 1))
        printf 'network = { input = { channels = 3; height = 34; width = 34; }; classes = 4;
            layers = ( { block = "conv2d"; name = "conv1"; channels = %d; kernel = 3; },
            %s, { block = "global_avg_pool"; }, { block = "flatten"; },
            { block = "linear"; name = "fc"; } ); };\n' "$2" "$layer" >"$1$n.cfg"
        for backend in $backends; do
            [ ! -e "$plugins/$backend.so" ] || attempt "$layer trains on $backend" \
                clean resnet-run --plugin-path="$PWD" bench "$1$n.cfg" --backend=$backend \
                --batch=2 --steps=2 --warmup=1
        done
    done <"$1.blocks"
}

cd "$work/blocks" || exit 1
cat >Makefile <<'MAKE'
flags := $(shell pkg-config --cflags resnet-plugin)
flags += $(shell pkg-config --variable=module_ldflags resnet-plugin)
%.so: %.c; $(CC) -std=gnu11 -O1 -Wall -Wextra -Werror $(flags) -o $@ $< -lm
%.so: %.cpp; $(CXX) -std=c++17 -O1 -Wall -Wextra -Werror $(flags) -o $@ $<
%.so: %.rs; rustc --edition 2021 --crate-type cdylib -C opt-level=1 -o $@ $<
MAKE
for source in "$srcdir"/plugins/*.c; do
    name=$(basename "$source" .c)
    cp "$source" .
    attempt "$name.c is built" clean make -s "$name.so" && trains "$name" 16
done

# sample FILE COMPILER
sample()
{
    name=${1%.*}
    compiler=$(command -v "$2") || { skip "$1" "there is no $2"; return; }
    cp "$srcdir/share/samples/$1" .
    attempt "$1 is built" clean PATH="$PATH" HOME="$HOME" make -s "$name.so" CXX="$compiler" ||
        return
    verdict "$1 exports its entry alone" "$(
        ${NM:-nm} -D --defined-only "$name.so" | awk '$NF !~ /^rn_plugin_v/')"
    trains "$name" 32
}
sample pyramid.cpp "${CXX:-g++}"
sample squeeze.rs rustc

# fails WHAT PLUGIN LAYER WORDS: the network is refused with status 2 or 3, and the words.
fails()
{
    sed "s|{ block = \"$2/.*},|$3,|" "${2}1.cfg" >wrong.cfg
    status=0
    clean resnet-run --plugin-path="$PWD" summary wrong.cfg >"$work/log" 2>&1 || status=$?
    verdict "$1" "$(
        { [ "$status" = 2 ] || [ "$status" = 3 ]; } && grep -q -- "$4" "$work/log" ||
            { echo "status $status"; show "$work/log"; })"
}
[ ! -e pyramid1.cfg ] || fails 'an exception of C++ ends as a message' pyramid \
    '{ block = "pyramid"; widen = 4096; }' 'more than 4096 channels'
[ ! -e squeeze1.cfg ] || fails 'a refusal of Rust names the value' squeeze \
    '{ block = "squeeze"; channels = 99; }' 'channels = 99 does not shrink 32'

# ---- autoconf and CMake -------------------------------------------------------------------------
cd "$work/autoconf" || exit 1
cp "$srcdir/plugins/residual.c" .
cat >configure.ac <<'AC'
AC_INIT([mine], [1])
AC_PROG_CC
RESNET_PLUGIN([0.9])
AC_CONFIG_FILES([Makefile])
AC_OUTPUT
AC
cat >Makefile.in <<'MAKE'
residual.so: residual.c; @CC@ @RESNET_PLUGIN_CFLAGS@ @RESNET_PLUGIN_LDFLAGS@ -o $@ residual.c
folder: ; echo @RESNET_PLUGIN_DIR@ @RESNET_PLUGIN_ABI@ >folder
MAKE
if command -v autoconf >/dev/null && command -v aclocal >/dev/null; then
    attempt 'aclocal finds RESNET_PLUGIN' aclocal -I "$(folder_of resnet-plugin.m4)"
    attempt 'autoconf makes a configure of it' autoconf --force
    attempt 'which builds a plugin' clean sh -c './configure && make residual.so folder'
    verdict 'and knows where it goes' "$(grep -q '/resnet-run 0\.[0-9]*$' folder || cat folder)"
    sed -i 's/\[0\.9\]/[0.999]/' configure.ac
    verdict 'an ABI that is too old is refused' "$(
        autoconf --force && ! clean ./configure >"$work/log" 2>&1 &&
            grep -q 'this needs 0.999' "$work/log" || show "$work/log")"
else
    skip 'RESNET_PLUGIN' 'there is no autoconf and automake'
fi

cd "$work/cmake" || exit 1
cp "$srcdir/plugins/residual.c" .
cat >CMakeLists.txt <<'CMAKE'
cmake_minimum_required(VERSION 3.16)
project(mine C)
find_package(resnet-plugin ${WANTED} REQUIRED)
resnet_plugin(residual residual.c)
message(STATUS "ABI ${RESNET_PLUGIN_ABI} in ${RESNET_PLUGIN_DIR}")
CMAKE
if command -v cmake >/dev/null; then
    root=$(folder_of resnet-plugin-config.cmake)
    attempt 'CMake finds the copy' clean cmake -B build -Dresnet-plugin_DIR="$root" -DWANTED=0.9
    attempt 'and builds a plugin' clean cmake --build build
    verdict 'with one symbol' "$(${NM:-nm} -D --defined-only build/residual.so |
        awk '$NF !~ /^rn_plugin_v/')"
    verdict 'an ABI that is too old is refused by CMake' "$(
        ! clean cmake -B other -Dresnet-plugin_DIR="$root" -DWANTED=0.999 >"$work/log" 2>&1 ||
            show "$work/log")"
else
    skip 'the file for CMake' 'there is no cmake'
fi
finish
