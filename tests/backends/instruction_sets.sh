#!/bin/sh
# instruction_sets.sh: onednn's kernels for processors without AVX-512, without AVX2, with AMX and
# without. The plugin is built to believe that it runs there, and compared with the golden results.
. "$srcdir/tests/support/script.sh"
case $builddir in /*) ;; *) builddir=$(pwd)/$builddir ;; esac
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

if [ ! -e "$builddir/.libs/onednn.so" ]; then
    skip 'other instruction sets' 'there is no onednn.so'
    exit 77
elif [ -n "${SANITIZE:-}" ]; then
    skip 'other instruction sets' 'this build has sanitizers, the copies have not'
    exit 77
elif [ "$(uname -m)" != x86_64 ]; then
    skip 'other instruction sets' 'this is no x86-64'
    exit 77
fi

files=$(made_of onednn_la libbackends_cpu_kernels_la libbackends_cpu_la libbackends_base_la)

# compare NAME FOLDER LIBRARY PROGRAM...: runs programs with the plugins of a folder, with oneDNN
# limited to the set that it calls LIBRARY.
compare()
{
    name=$1 folder=$2 library=$3
    shift 3
    for program; do
        has_program "$program" "$program for $name" || continue
        RESNET_PLUGIN_PATH=$folder ONEDNN_MAX_CPU_ISA=$library "$program_file" >"$work/log" 2>&1
        program_verdict "$program with it" "$work/log" $?
    done
}

# believing NAME ANSWER LIBRARY [C]: tests a plugin for which ANSWER decides whether the processor
# has feature s, with oneDNN limited to the set that it calls LIBRARY. C is linked to the plugin.
believing()
{
    name=$1 folder=$work/$1 library=$3
    mkdir -m 755 "$folder"
    cp "$builddir/.libs/reference.so" "$folder"
    echo "${4:-}" >"$folder/more.c"
    # Files of one name in two folders must not overwrite each other's objects.
    for file in $files; do
        echo "$srcdir/$file -o $(echo "$file" | tr / _).o"
    done | (cd "$folder" && xargs -n 3 -P 2 ${CC:-cc} -std=gnu11 -O1 -w -fPIC -fvisibility=hidden \
        -fopenmp -pthread -D_GNU_SOURCE= "-D__builtin_cpu_supports(s)=$2" ${ONEDNN_CFLAGS:-} \
        -I"$srcdir/include" -I"$srcdir/backends" -I"$srcdir/core" -c)
    verdict "a plugin for $name" "$(
        ${CC:-cc} -shared -fPIC -fvisibility=hidden -fopenmp -pthread "$folder"/*.o \
            "$folder/more.c" ${ONEDNN_LIBS:--ldnnl} -lm \
            -o "$folder/onednn.so" 2>&1)"
    chmod 755 "$folder"/*.so
    verdict 'it is found' "$(
        "$builddir/resnet-plugin" --plugin-path="$folder" info onednn >"$work/log" 2>&1
        grep -q "file: $folder/onednn.so" "$work/log" || show "$work/log")"
    compare "$name" "$folder" "$library" test_ops test_ops_cross test_ops_conv2d test_ops_bf16
}

believing AVX2 '((s)[3]==50||(s)[0]==102)' AVX2 # "avx2" and "fma", nothing else
believing portable 0 SSE41
# With channels last, as oneDNN's AMX wants them.
believing AMX '__builtin_cpu_supports(s)' AVX512_CORE_BF16 \
    'int dnnl_get_effective_cpu_isa(void) { return 0x3e7; }'
compare 'no AMX' "$builddir/.libs" AVX512_CORE_BF16 test_ops_bf16
finish
