#!/bin/sh
# minors.sh: plugins of a later minor version in this core, and this version's plugins in a later
# core. A later version is a copy of the headers in which every structure that begins with its size
# has one slot more. A network takes a step through them, compared operator by operator.
. "$srcdir/tests/support/script.sh"
. "$srcdir/tests/abi/abi.sh"
case $builddir in /*) ;; *) builddir=$(pwd)/$builddir ;; esac
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -m 755 "$work/newer" "$work/plugins"

if [ -n "${SANITIZE:-}" ]; then
    skip 'versions of the ABI' 'this build has sanitizers, the copies have not'
    exit 77
fi

cp -R "$headers/resnet" "$work/newer" && chmod -R u+w "$work/newer"
for header in "$work"/newer/resnet/*.h; do
    awk '
        /^(typedef )?struct rn_[a-z0-9_]+ \{$/ { getline line; sized = line ~ /uint32_t size;/ }
        /^\}.*;$/ && sized { print "    rn_status (*later)(void);"; sized = 0 }
        /^#include <stdint.h>$/ && FILENAME !~ /status/ { print "#include <resnet/status.h>" }
        { print }
        line { print line; line = "" }' "$header" >"$work/header" && cp "$work/header" "$header"
done
verdict 'a later version has more slots' "$(
    slots=$(cat "$work"/newer/resnet/*.h | grep -c '(\*later)(void)')
    [ "$slots" -ge 20 ] || echo "only $slots structures grew")"

# build WHAT ARGUMENT...: compiles against the later headers.
build()
{
    what=$1
    shift
    verdict "$what" "$(${CC:-cc} -std=gnu11 -w -I"$work/newer" "$@" 2>&1)"
}

module='-fPIC -shared -fvisibility=hidden -pthread'
build 'a later version of residual' $module "$srcdir/plugins/residual.c" \
    -o "$work/plugins/residual.so"
# The entry's name is a macro, so it can be renamed for all files but newer.c.
mkdir "$work/reference"
for file in $(made_of reference_la libbackends_common_la); do
    ${CC:-cc} -std=gnu11 -w -O1 $module -I"$work/newer" -I"$srcdir/backends" -c \
        -Drn_plugin_v0_2=newer_backend_entry "$srcdir/$file" \
        -o "$work/reference/$(echo "$file" | tr / _).o"
done
build 'a later version of reference' $module "$abi/newer.c" "$work"/reference/*.o -lm \
    -o "$work/plugins/reference.so"

config=$(pkg-config --cflags libconfig zlib jansson)
libraries=$(pkg-config --libs libconfig zlib jansson)
timed=$srcdir/tests/plugin/zoo/timed.c
mkdir "$work/now"
build 'a later backend that times' $module -DREFERENCE="\"$work/plugins/reference.so\"" "$timed" \
    -o "$work/plugins/timed.so"
verdict 'a backend of this version that times' "$(${CC:-cc} -std=gnu11 -w $module -I"$headers" \
    -DREFERENCE="\"$builddir/.libs/reference.so\"" "$timed" -o "$work/now/timed.so" 2>&1)"
build 'a later core' -O0 -pthread -D_GNU_SOURCE= -iquote "$srcdir/core" $config \
    -DRN_VERSION='"later"' -DRN_PLUGIN_DIR='"/nowhere"' \
    -DRN_MODELS_DIR="\"$srcdir/share/models\"" \
    $(sources core '*.c' | grep -v '^core/cli/plugin' | sed "s|^|$srcdir/|") \
    -o "$work/resnet-run" $libraries -lm

# step WHAT PROGRAM PLUGINS: compares a step of training on PLUGINS with itself.
step()
{
    verdict "$1" "$(
        RESNET_PLUGIN_PATH=$3 "$2" --threads=1 compare "$srcdir/tests/config/nets/dropout.cfg" \
            --backends=reference,reference 2>&1 >"$work/log" || show "$work/log")"
}
# device WHAT PROGRAM PLUGINS: the times that the device of PLUGINS' backend tells.
device()
{
    verdict "$1" "$(
        "$2" --plugin-path="$3" --backend=timed bench "$srcdir/tests/config/nets/dropout.cfg" \
            --batch=2 --steps=2 --warmup=1 --tune=full --json >"$work/log" 2>&1
        for words in '"device_ms": 676.5,*' '"library": "<> tuning 2",'; do
            grep -qx " *$words" "$work/log" || tail -n 3 "$work/log"
        done)"
}
chmod 755 "$work/now" "$work/plugins"/*.so "$work/now/timed.so"
step 'later plugins in this core' "$builddir/resnet-run" "$work/plugins"
step 'this version of the plugins in a later core' "$work/resnet-run" "$builddir/.libs"
step 'later plugins in a later core' "$work/resnet-run" "$work/plugins"
device "later device times in this core" "$builddir/resnet-run" "$work/plugins"
device "this version's device times in a later core" "$work/resnet-run" "$work/now"
finish
