#!/bin/sh
# minors.sh: plugins of other minor versions in this core, and this version's plugins in a later
# core. Earlier versions are the frozen headers. A later version is a copy of the headers in which
# every structure that begins with its size has one slot more. A network takes a step through the
# plugins, compared operator by operator, and trains for 20 steps with the same losses.
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

# build WHAT HEADERS ARGUMENT...
build()
{
    what=$1 against=$2
    shift 2
    verdict "$what" "$(${CC:-cc} -std=gnu11 -w -I"$against" "$@" 2>&1)"
}

module='-fPIC -shared -fvisibility=hidden -pthread'
# knows HEADERS OPERATOR
knows() { grep -q "^RN_OP([A-Z0-9_]*, $2," "$1/resnet/operators.h"; }

# An extension that needs nothing newer than ABI 0.6: backends have it beside older headers, too.
mkdir -p "$work/extension/resnet"
cp "$headers/resnet/rank_sums.h" "$work/extension/resnet"

# includes HEADERS FILE: they have all that the file includes of them.
includes()
{
    for header in $(sed -n 's|^#include <\(resnet/[a-z_]*\.h\)>$|\1|p' "$2"); do
        [ -e "$1/$header" ] || [ -e "$work/extension/$header" ] || return 1
    done
}

# without HEADERS: options that build a block without the operators that came after the headers:
# what is given to their functions passes through.
without()
{
    sed -n 's/^static inline rn_value \*\(rn_[a-z0-9_]*\)(rn_graph \*g, rn_value \*x,.*/\1/p' \
        "$headers/resnet/graph.h" | while read -r name; do
        grep -qw "$name" "$1/resnet/graph.h" || echo "-D$name(g,x,...)=(x)"
    done
}

# compile HEADERS OPTION...: compiles a file of a backend.
compile()
{
    against=$1
    shift
    ${CC:-cc} -std=gnu11 -w -O1 $module -I"$against" -I"$work/extension" -I"$srcdir/backends" \
        -I"$srcdir/core" "$@"
}

# absent HEADERS FILE: options that define the operands that the headers do not know, of operators
# that nobody asks for then.
absent()
{
    LC_ALL=C compile "$1" -fsyntax-only "$2" 2>&1 |
        sed -n "s/.*error: [^']*'\(RN_AT_[A-Z0-9_]*\)'.*/-D\1=0/p" | sort -u
}

# plugins WHICH HEADERS FOLDER [ENTRY]: residual.so and reference.so, without the operators that
# came after the headers. ENTRY replaces the entry of reference: its name is a macro, so it can be
# renamed for all files but that one.
plugins()
{
    build "$1 version of residual" "$2" $module $(without "$2") "$srcdir/plugins/residual.c" \
        -o "$3/residual.so"
    mkdir "$3/objects"
    for file in $(made_of reference_la libbackends_cpu_la libbackends_base_la); do
        operator=$(basename "$file" .c)
        ! knows "$headers" "$operator" || knows "$2" "$operator" || continue
        includes "$2" "$srcdir/$file" || continue
        # shellcheck disable=SC2046 # a list of options
        compile "$2" $(absent "$2" "$srcdir/$file") ${4:+-Drn_plugin_v0_2=newer_backend_entry} \
            -c "$srcdir/$file" \
            -o "$3/objects/$(echo "$file" | tr / _).o"
    done
    if [ ! -e "$2/resnet/host_memory.h" ]; then
        # Before ABI 0.9 backends in host memory had no extension.
        echo 'const void *cpu_extension(void) { return 0; }' >"$3/objects/none.c"
        ${CC:-cc} $module -c "$3/objects/none.c" -o "$3/objects/none.o"
    fi
    build "$1 version of reference" "$2" $module ${4:+"$4"} "$3"/objects/*.o -lm \
        -o "$3/reference.so"
    chmod 755 "$3"/*.so
}
plugins 'a later' "$work/newer" "$work/plugins" "$abi/newer.c"

config=$(pkg-config --cflags libconfig zlib jansson libjpeg libpng libarchive)
libraries=$(pkg-config --libs libconfig zlib jansson libjpeg libpng libarchive)
timed=$srcdir/tests/plugin/zoo/timed.c
mkdir "$work/now"
build 'a later backend that times' "$work/newer" $module \
    -DREFERENCE="\"$work/plugins/reference.so\"" "$timed" -o "$work/plugins/timed.so"
build 'a backend of this version that times' "$headers" $module \
    -DREFERENCE="\"$builddir/.libs/reference.so\"" "$timed" -o "$work/now/timed.so"
# Without ONNX, whose messages are not in the source tree.
core_files()
{
    sources core '*.c' | grep -v -e '^core/cli/plugin' -e '^core/weights/onnx/[^f]' \
        -e '^core/weights/out/onnx_[^a]' | sed "s|^|$srcdir/|"
}
build 'a later core' "$work/newer" -O0 -pthread -D_GNU_SOURCE= -iquote "$srcdir/core" $config \
    -DRN_VERSION='"later"' -DRN_BIN_DIR='"/nowhere/bin"' -DRN_PLUGIN_DIR='"/nowhere"' \
    -DRN_MODELS_DIR="\"$srcdir/share/models\"" \
    $(core_files) \
    -o "$work/resnet-run" $libraries -lm

# step WHAT PROGRAM PLUGINS: compares a step of training on PLUGINS with itself.
step()
{
    verdict "$1" "$(
        RESNET_PLUGIN_PATH=$3 "$2" --threads=1 compare "$srcdir/tests/config/nets/dropout.cfg" \
            --backends=reference,reference 2>&1 >"$work/log" || show "$work/log")"
}

# The losses of four epochs of five steps, by plugins of this version, and by those of others.
mkdir "$work/training" && (cd "$work/training" && sh "$srcdir/share/templates/common/data.sh")
cp "$abi/train.cfg" "$work/training"
# losses WHAT PROGRAM PLUGINS FILE
losses()
{
    verdict "$1: it trains" "$(
        cd "$work/training" || exit
        RESNET_PLUGIN_PATH=$3 "$2" --threads=1 --backend=reference train train.cfg --overwrite \
            >"$work/log" 2>&1 || show "$work/log")"
    cut -d , -f 1-7 "$work/training/runs/train/metrics.csv" >"$4"
}
# same WHAT PROGRAM PLUGINS: the same digits, as each is compiled from the same code.
same()
{
    losses "$1" "$2" "$3" "$work/losses"
    verdict "$1: 20 steps have the losses of this version's" "$(
        [ "$(wc -l <"$work/losses")" = 5 ] || show "$work/losses"
        diff "$work/losses.now" "$work/losses")"
}
# device WHAT PROGRAM PLUGINS: the times that the device of PLUGINS' backend tells.
device()
{
    verdict "$1" "$(
        "$2" --plugin-path="$3" --backend=timed bench "$srcdir/tests/config/nets/dropout.cfg" \
            --batch=2 --steps=2 --warmup=1 --tune=full --json >"$work/log" 2>&1
        grep -qx ' *"library": "<> tuning 2",' "$work/log" || tail -n 3 "$work/log"
        awk -F '[:,] *' '
            /^  "device_ms":/ { total = $2 }
            /^  "layers":/ { inside = 1 }
            /^  "kernels":/ { inside = 0 }
            inside && /"operator":/ { operator = $2 }
            inside && /"device_ms":/ {
                if ($2 != (operator == "\"conv2d\"" ? 16.5 : 11))
                    print operator " takes " $2 " ms"
                sum += $2
            }
            END { if (!sum || sum != total) print "the sum is " sum ", not " total }' "$work/log")"
}
chmod 755 "$work/now" "$work/plugins"/*.so "$work/now/timed.so"
mkdir -m 755 "$work/same"
plugins "this version's" "$headers" "$work/same"
losses "this version's plugins" "$builddir/resnet-run" "$work/same" "$work/losses.now"
for frozen in "$abi"/frozen/*; do
    version=$(basename "$frozen")
    mkdir -m 755 "$work/$version"
    plugins "ABI $version's" "$frozen" "$work/$version"
    step "plugins of ABI $version in this core" "$builddir/resnet-run" "$work/$version"
    step "plugins of ABI $version in a later core" "$work/resnet-run" "$work/$version"
    same "plugins of ABI $version in this core" "$builddir/resnet-run" "$work/$version"
    same "plugins of ABI $version in a later core" "$work/resnet-run" "$work/$version"
done
step 'later plugins in this core' "$builddir/resnet-run" "$work/plugins"
step 'this version of the plugins in a later core' "$work/resnet-run" "$builddir/.libs"
step 'later plugins in a later core' "$work/resnet-run" "$work/plugins"
same 'later plugins in this core' "$builddir/resnet-run" "$work/plugins"
same 'later plugins in a later core' "$work/resnet-run" "$work/plugins"
device "later device times in this core" "$builddir/resnet-run" "$work/plugins"
device "this version's device times in a later core" "$work/resnet-run" "$work/now"
finish
