#!/bin/sh
# programs.sh: compiled programs are cached; files that are damaged, or that the driver rejects,
# are reported and rewritten; a newer GPU gets code that the driver compiles for it.
. "$srcdir/tests/e2e/e2e.sh"
. "$srcdir/tests/backends/cudnn/standins.sh"
folder=$XDG_CACHE_HOME/resnet-run/cudnn
start() { "$run" bench "$net" --backend=cudnn --tune=off --steps=1 --batch=8 -v; }
compiled() { [ "$(calls nvrtcCompileProgram)" "$1" "$2" ] ||
    echo "$(calls nvrtcCompileProgram) programs were compiled"; }
is_told() { grep -q "$1" stderr || echo "it is not: $(cat stderr)"; }

expect 0 '' 'the first start' start
verdict 'it compiles' "$(compiled -gt 5)"
all=$(calls nvrtcCompileProgram)
verdict 'what it has compiled is kept' "$([ "$(ls "$folder" | wc -l)" = "$all" ] || ls "$folder")"
expect 0 '' 'the second start' start
verdict 'it compiles nothing' "$(compiled = 0)"
verdict 'nothing is left' "$(blame)"

file=$folder/$(ls "$folder" | head -n 1)
cp "$file" kept
head -c $(($(wc -c <kept) - 100)) kept >"$file"
expect 0 '' 'a file that was cut off' start
verdict 'it is told' "$(is_told "$folder/.* is damaged; the program is compiled again")"
verdict 'it alone is compiled' "$(compiled = 1)"
verdict 'it is written anew' "$(cmp kept "$file" 2>&1)"

CUDASIM_FAIL=cudaLibraryLoadData:1
export CUDASIM_FAIL
expect 3 'CUDA could not load a program' 'a driver that fails' "$run" bench "$net" --backend=cudnn \
    --tune=off --steps=1 --batch=8
unset CUDASIM_FAIL
expect 0 '' 'a program of another GPU' env CUDASIM_ARCH=80 "$run" bench "$net" --backend=cudnn \
    --tune=off --steps=1 --batch=8 -v
verdict 'all is compiled' "$(compiled = "$all")"

CUDASIM_ARCH=255
export CUDASIM_ARCH
expect 0 '' 'a GPU that NVRTC does not know' start
verdict 'all is compiled to PTX' "$(compiled = "$all"; [ "$(calls nvrtcGetPTX)" = "$all" ] ||
    echo "$(calls nvrtcGetPTX) times PTX")"
expect 0 '' 'such a GPU again' start
verdict 'it compiles nothing' "$(compiled = 0)"
unset CUDASIM_ARCH

chmod o+w "$file"
expect 0 '' 'a program that others may write to' start
verdict 'it is told' "$(is_told "is not used: everybody may write to $file; chmod o-w it")"
verdict 'it alone is compiled' "$(compiled = 1)"
chmod o-w "$file"

rm -r "$XDG_CACHE_HOME" && : >"$XDG_CACHE_HOME"
expect 0 '' 'a cache that cannot be written' start
verdict 'it is told once' "$(
    [ "$(grep -c 'compiled programs are not kept in' stderr)" = 1 ] || show stderr)"
finish
