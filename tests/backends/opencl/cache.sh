#!/bin/sh
# cache.sh: compiled programs are cached; files that are damaged, or that the driver rejects, are
# reported and rewritten; a cache that cannot be written does not stop a run.
. "$srcdir/tests/e2e/e2e.sh"
. "$srcdir/tests/backends/opencl/device.sh"
export XDG_CACHE_HOME="$work/cache"
mkdir cache
folder=$XDG_CACHE_HOME/resnet-run/opencl

# start SETTINGS: one step; sets `texts`, the number of programs compiled from source.
start()
{
    as "count=$work/calls$1" "$run" bench "$net" --backend=opencl --tune=off --steps=1 -v
}
texts() { awk '$1 == "clCreateProgramWithSource" { print $2 }' calls; }
compiled() { [ "$(texts)" "$1" "$2" ] || echo "$(texts) programs were compiled"; }
is_told() { grep -q "$1" stderr || echo "it is not: $(cat stderr)"; }

expect 0 '' 'the first start' start ''
verdict 'it compiles' "$(compiled -gt 3)"
verdict 'what it has compiled is kept' "$(
    [ "$(ls "$folder" | wc -l)" = "$(texts)" ] || ls "$folder")"
all=$(texts)
expect 0 '' 'the second start' start ''
verdict 'it compiles nothing' "$(compiled = 0)"

# damaged WHAT WORDS COMMAND...: the damage that the command does is reported and repaired.
damaged()
{
    what=$1 words=$2
    shift 2
    file=$folder/$(ls "$folder" | head -n 1)
    cp "$file" kept
    "$@" || echo "cannot: $*"
    expect 0 '' "$what" start ''
    verdict "$what: it is told" "$(is_told "$words")"
    verdict "$what: it alone is compiled" "$(compiled = 1)"
    verdict "$what: it is written anew" "$(cmp kept "$file" 2>&1)"
}
cut_off() { head -c 3000 kept >"$file"; }
emptied() { : >"$file"; }
turned_at() { printf '\377' | dd of="$file" bs=1 seek="$1" conv=notrunc 2>/dev/null; }
turned_end() { turned_at $(($(wc -c <kept) - 100)); }
longer() { echo more >>"$file"; }
damaged 'a file that was cut off' "$folder/.* is damaged" cut_off
damaged 'an empty file' 'is damaged' emptied
damaged 'a file that is longer' 'is damaged' longer
damaged 'a header of something else' 'is damaged' turned_at 3
damaged 'another length' 'is damaged' turned_at 44
damaged 'another binary' 'is damaged' turned_end
damaged 'another key, of the same hash' '' turned_at 60

expect 0 '' 'a driver that takes no binary' start ,fail=clCreateProgramWithBinary:1:-42
verdict 'it is told' "$(is_told 'is not taken by the driver')"
verdict 'all is compiled again' "$(compiled = "$all")"

chmod o+w "$folder"
expect 0 '' 'a cache that others may write to' start ''
verdict 'it is told once, with the folder' "$(
    [ "$(grep -c "is not used: everybody may write to $folder; chmod o-w it" stderr)" = 1 ] ||
        cat stderr)"
verdict 'nothing of it is used' "$(compiled = "$all")"
chmod o-w "$folder"
mkdir open && chmod o+w open
expect 3 "into its cache $work/open: everybody may write to $work/open; chmod o-w it" \
    "PoCL's cache, to which others may write" env POCL_CACHE_DIR="$work/open" "$run" bench "$net" \
    --backend=opencl --tune=off --steps=1

rm -r "$XDG_CACHE_HOME" && : >"$XDG_CACHE_HOME"
expect 0 '' 'a cache that cannot be written' start ''
verdict 'it is told once' "$(
    [ "$(grep -c 'compiled programs are not kept in' stderr)" = 1 ] || show stderr)"
XDG_CACHE_HOME=relative
expect 0 '' 'a cache folder that is not absolute' start ''
verdict 'nothing is written there' "$(ls -d relative 2>/dev/null)"

# PoCL has no device if its own cache cannot be written.
if grep -q pocl "${OCL_ICD_VENDORS:-/etc/OpenCL/vendors}"/*.icd 2>/dev/null; then
    : >file
    expect 3 "\"$work/file/x\", which POCL_CACHE_DIR names" "PoCL's own cache cannot be written" \
        env POCL_CACHE_DIR="$work/file/x" "$run" summary "$net" --backend=opencl --algorithms
fi
finish
