# standins.sh: what the scripts of cudnn share that run the command on the stand-ins for NVIDIA's
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
export CUDASIM_CACHE="${CUDASIM_CACHE:-${XDG_CACHE_HOME:-$work}/cudasim}"
export LD_LIBRARY_PATH="$standins" XDG_CACHE_HOME="$work/cache" CUDASIM_REPORT="$work/report"
unset CUDASIM_DEVICES CUDASIM_ARCH CUDASIM_FAIL CUDASIM_MEMORY

# Of the last command: how often it called a function, and what it did wrong or left behind.
calls() { awk -v name="$1" '$1 == "calls" && $2 == name { n = $3 } END { print n + 0 }' report; }
blame() { grep -e '^blame' -e '^live' report; }
