# device.sh: shared by the scripts of opencl: a folder with the plugins that they need, and the
# double of OpenCL (double.c). A script begins with `. "$srcdir/tests/backends/opencl/device.sh"`.
. "$srcdir/tests/support/script.sh"
case $builddir in /*) ;; *) builddir=$(pwd)/$builddir ;; esac
if [ -z "${work:-}" ]; then
    work=$(mktemp -d) || exit 1
    trap 'rm -rf "$work"' EXIT
    trap 'exit 1' HUP INT TERM
fi

# Ends the script as skipped.
leave()
{
    skip "$(basename "$0" .sh) of opencl" "$1"
    exit 77
}

[ -f "$builddir/.libs/opencl.so" ] || leave 'opencl.so was not built (see configure)'
[ -z "${SANITIZE:-}" ] || leave 'the double cannot stand before the libraries of a sanitizer'
mkdir -m 755 "$work/plugins"
for plugin in opencl reference cpu_blas residual resnext; do
    [ ! -f "$builddir/.libs/$plugin.so" ] || cp "$builddir/.libs/$plugin.so" "$work/plugins"
done
export RESNET_PLUGIN_PATH="$work/plugins"
"$builddir/resnet-plugin" info opencl >"$work/info" 2>&1
grep -q '^ *opencl:0: ' "$work/info" || leave "no device: $(tail -n 1 "$work/info")"

. "$srcdir/tests/backends/opencl/double.sh"

# run_program WHAT PROGRAM COMMAND...: runs a CUnit test program; one result for the whole.
run_program()
{
    what=$1 program=$2
    shift 2
    has_program "$program" "$what: $program" || return 0
    "$@" "$program_file" >"$work/log" 2>&1
    status=$?
    program_verdict "$what: $program" "$work/log" "$status" \
        "$([ "$status" = 0 ] || grep 'opencl double' "$work/log")"
}
