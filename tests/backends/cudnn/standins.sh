# standins.sh: shared by the scripts of cudnn that run the program with the stand-ins for NVIDIA's
# libraries (tests/cudasim). A script begins with `. "$srcdir/tests/e2e/e2e.sh"`, then this.
standins=$builddir/tests/cudasim/lib
if [ ! -f "$builddir/.libs/cudnn.so" ] || [ ! -f "$standins/libcudasim.so" ]; then
    skip "$(basename "$0" .sh) of cudnn" 'cudnn.so or the stand-ins were not built (see configure)'
    exit 77
fi
if [ -n "${SANITIZE:-}" ]; then
    skip "$(basename "$0" .sh) of cudnn" 'the stand-ins protect memory in their own way'
    exit 77
fi
export CUDASIM_CACHE="${CUDASIM_CACHE:-$work/cudasim}"
export LD_LIBRARY_PATH="$standins" XDG_CACHE_HOME="$work/cache" CUDASIM_REPORT="$work/report"
unset CUDASIM_DEVICES CUDASIM_ARCH CUDASIM_FAIL CUDASIM_MEMORY

# For the last command: how often it called a function, and what it did wrong or did not release.
calls() { awk -v name="$1" '$1 == "calls" && $2 == name { n = $3 } END { print n + 0 }' report; }
blame() { grep -e '^blame' -e '^live' report; }

# The only backends are cudnn and the oracle.
only_cudnn()
{
    mkdir -m 755 plugins
    for plugin in "$builddir"/.libs/*.so; do
        case ${plugin##*/} in
            cpu_blas.so | onednn.so | opencl.so) ;;
            *) cp "$plugin" plugins ;;
        esac
    done
    export RESNET_PLUGIN_PATH="$work/plugins"
}

# program NAME PATTERN...: one result for a whole test program, or for its tests of these names.
# Misuse of the stand-ins counts as a failure, too.
program()
{
    has_program "$1" "$1" || return 0
    name=$1
    shift
    CUDASIM_REPORT=$work/$name.report "$program_file" "$@" >"$name.log" 2>&1
    program_verdict "$name" "$name.log" $? "$(
        grep 'not loaded: .*cudnn' "$name.log"
        grep -e '^blame' -e '^live' "$name.report")"
}
