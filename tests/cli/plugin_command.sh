#!/bin/sh
# plugin_command.sh: the output and exit status of resnet-plugin.
. "$srcdir/tests/support/script.sh"
command=$builddir/resnet-plugin
built=$builddir/.libs
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -m 755 "$work/first" "$work/empty"
cp "$built/residual.so" "$work/first" && chmod 755 "$work/first/residual.so"
echo 'not a library' >"$work/first/broken.so"
chmod 644 "$work/first/broken.so"
unset RESNET_PLUGIN_PATH

# expect WHAT STATUS WORDS ARGUMENT...: runs the command and checks its exit status and output.
expect()
{
    what=$1 status=$2 words=$3
    shift 3
    output=$("$command" "$@" 2>&1)
    found=$?
    if [ "$found" = "$status" ] && printf '%s\n' "$output" | grep -qF -e "$words"; then
        ok "$what"
    else
        not_ok "$what: status $found, expected $status and \"$words\""
        printf '%s\n' "$output"
    fi
}

both=--plugin-path=$work/first:$built
expect 'list names blocks' 0 'blocks resnext, book' "$both" list
expect 'list shows shadowed files' 0 "shadowed $built/residual.so" "$both" list
expect 'list shows refused files' 0 'broken.so: it is not a shared object' "$both" list
expect 'list shows the folders' 0 "$work/none (does not exist)" --plugin-path="$work/none" list
if "$command" --plugin-path="$work/empty" list | grep -q '/residual\.so$'; then
    skip 'an empty list is not an error' 'installed plugins are found'
else
    expect 'an empty list is not an error' 0 'No plugins.' --plugin-path="$work/empty" list
fi
expect 'list as JSON' 0 '"state": "shadowed"' "$both" --json list
expect 'info of a plugin' 0 "file: $work/first/residual.so" "$both" info residual
expect 'info of a backend' 0 'operators: conv2d' "$both" info reference
expect 'info lists devices as --backend takes them' 0 '    reference:0: ' "$both" info reference
expect 'info lists devices as JSON' 0 '"backend": "reference:0"' "$both" --json info reference
expect 'info of a block' 0 'A|B|C' "$both" info residual/basic
expect 'info of a layer' 0 'required   1..1024 pixels' info conv2d
expect 'info of a path' 0 'book: ' info "$built/resnext.so"
expect 'info as JSON' 0 '"attributes": [' "$both" --json info residual/basic
expect 'info of a refused file' 3 'it is not a shared object' "$both" info broken
expect 'info of an unknown plugin' 3 'did you mean "residual"?' "$both" info residul
expect 'info of an unknown block' 2 'it has residual/residual, ' "$both" info residual/nothing
expect 'help' 0 'Usage: resnet-plugin' --help
expect 'version' 0 'resnet-plugin ' --version
expect 'arguments after --version are ignored' 0 'resnet-plugin ' --version list --no such
expect 'no verb' 2 'expected a command: list, info'
expect 'an unknown verb' 2 'there is no command "show"; there are list, ' show
expect 'a misspelt verb' 2 'did you mean "list"?' lits
expect 'an unknown option' 2 'there is no option "--jsno"' --jsno list
expect 'a missing value' 2 'a value is missing after "--plugin-path"' --plugin-path
expect 'an unexpected argument' 2 'found "residual"' list residual

# doctor, in surroundings that the test has made.
mkdir -p "$work/vendors" "$work/cache/resnet-run"
echo /nowhere/libdriver.so >"$work/vendors/lost.icd"
head -c 3145728 /dev/zero >"$work/cache/resnet-run/kernels"
(
    ulimit -n 128
    export OCL_ICD_VENDORS="$work/vendors" XDG_CACHE_HOME="$work/cache" RESNET_LOG=debug
    export RESNET_MODELS_PATH="$work/none" OMP_NUM_THREADS=3,2
    "$command" doctor --plugin-path="$work/first:$built" >"$work/doctor" 2>&1
)
# found WHAT STATE NAME VALUE: a finding of the doctor, whose value begins so.
found()
{
    verdict "doctor: $1" "$(
        grep -q "^  $2  *$3  *$4" "$work/doctor" || show "$work/doctor")"
}
found 'a plugin' ok residual "0.1.0 $work/first/residual.so"
found 'a plugin that is refused' PROBLEM broken 'plugin .*: it is not a shared object'
found 'a device' ok reference:0 ..
found 'a folder' ok plugins "$work/first"
found 'a limit' PROBLEM 'open files (ulimit -n)' 128
found 'the number of threads, and why' ok threads '3: as OMP_NUM_THREADS says'
found 'models that cannot be read' PROBLEM models "$work/none: cannot be read"
found 'the size of a cache' ok 'cache of kernels and choices' \
    "$work/cache/resnet-run: 3.0 MiB in 1 files"
found 'a driver that is lost' PROBLEM 'OpenCL driver' \
    "$work/vendors/lost.icd: /nowhere/libdriver.so, which does not exist"
found 'a variable' ok RESNET_LOG 'debug (how much is told)'
if command -v pkg-config >/dev/null 2>&1 && pkg-config zlib; then
    found 'the version of a library' ok zlib "$(pkg-config --modversion zlib), /"
fi
verdict 'doctor counts the problems' "$(
    n=$(grep -c '^  PROBLEM ' "$work/doctor")
    [ "$(tail -n 1 "$work/doctor")" = "$n problems" ] || show "$work/doctor")"

# The entry that info shows for each block and layer is one that a cfg can have. Layers that join
# several inputs need more than an entry.
{
    for name in residual resnext; do
        "$command" "$both" info "$name"
    done
    "$builddir/resnet-plugin" --json list | sed -n '/"layers"/,/]/s/^    "\(.*\)",\{0,1\}$/\1/p' |
        grep -vx -e add -e concat -e multiply -e scale -e flatten -e linear -e global_avg_pool |
        while read -r name; do
            "$command" info "$name"
        done
} | sed -n 's/^ *\({ block = .* }\)$/\1/p' >"$work/entries"
verdict 'the entries for a cfg are ready' "$(
    [ "$(wc -l <"$work/entries")" -gt 12 ] || show "$work/entries"
    while read -r entry; do
        {
            echo 'network: { classes = 4; input = { channels = 16; height = 32; width = 32; };'
            echo "layers = ( $entry, { block = \"global_avg_pool\"; }, { block = \"flatten\"; },"
            echo '{ block = "linear"; units = 4; } ); };'
        } >"$work/entry.cfg"
        "$builddir/resnet-run" "$both" --backend=reference summary "$work/entry.cfg" \
            >"$work/log" 2>&1 </dev/null || { echo "$entry"; cat "$work/log"; }
    done <"$work/entries")"

if command -v python3 >/dev/null 2>&1; then
    verdict 'JSON output is valid' "$(
        for name in list 'info residual' 'info reference' 'info conv2d' 'why residual' doctor; do
            "$command" "$both" --json $name | python3 -m json.tool >/dev/null 2>&1 || echo "$name"
        done)"
else
    skip 'JSON output is valid' 'there is no python3'
fi
if [ -c /dev/full ]; then
    "$command" "$both" list >/dev/full 2>"$work/error"
    status=$?
    verdict 'a full disk is reported' "$(
        [ "$status" = 4 ] && grep -q 'cannot write' "$work/error" || echo "status $status")"
fi
finish
