# double.sh: shared by scripts: builds the double of OpenCL (double.c) in $work, and runs programs
# on it.
double=$work/double.so
verdict 'the double is built' "$(${CC:-cc} -std=gnu11 -Wall -Wextra -O1 -fPIC -shared \
    -fvisibility=hidden "$srcdir/tests/backends/opencl/double.c" -o "$double" -lOpenCL -ldl 2>&1)"

# as SETTINGS COMMAND...: runs the command on a device with these settings of double.c.
as()
{
    settings=$1
    shift
    env OPENCL_DOUBLE="$settings" LD_PRELOAD="$double" "$@"
}
