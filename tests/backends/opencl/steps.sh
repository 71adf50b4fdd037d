#!/bin/sh
# steps.sh: driver calls of a training run on opencl: the second start compiles nothing; a step
# allocates nothing and waits once; two runs give the same bits; no device is released while its
# driver uses it; each failing call gives one clear error.
. "$srcdir/tests/e2e/e2e.sh"
. "$srcdir/tests/backends/opencl/device.sh"
need_data 'steps of opencl'
export XDG_CACHE_HOME="$work/cache"
mkdir "$work/cache"
train() { "$run" train "$net" --backend=opencl --quiet "$@"; }
# The number of calls of a function in the run of that name.
calls() { awk -v name="$2" '$1 == name { print $2 }' "$1.calls"; }

# counted NAME STEPS: runs STEPS steps and counts the calls.
counted()
{
    as count="$work/$1.calls" "$run" train "$net" --backend=opencl --quiet --output="$1" \
        --set train.epochs=1 --set train.max_steps="$2"
}
expect 0 '' 'the first run' counted first 4
expect 0 '' 'the second run' counted second 4
expect 0 '' 'a run of eight steps' counted eight 8
same_results first second 'two runs with one seed give the same bits'
verdict 'the first start compiles' "$(
    [ "$(calls first clCreateProgramWithSource)" -gt 0 ] || show first.calls)"
verdict 'the second start compiles nothing' "$(
    [ "$(calls second clCreateProgramWithSource)" = 0 ] || show second.calls)"
for name in clCreateBuffer clCreateKernel clBuildProgram clCreateProgramWithSource; do
    verdict "no step calls $name" "$(
        [ "$(calls second $name)" = "$(calls eight $name)" ] || show second.calls eight.calls)"
done
# The loss and the probabilities are read; only the first read waits.
verdict 'a step blocks for its results only' "$(
    more=$(($(calls eight blocking) - $(calls second blocking)))
    [ "$more" -gt 0 ] && [ "$more" -le 8 ] || echo "$more more blocking calls in 4 more steps")"

expect 0 '' 'training without the cache of the tuning' train --tune=off --output=off
expect 0 '' 'a driver that is done late' as late=600 "$run" train "$net" \
    --backend=opencl --quiet --tune=off --threads=1 --output=late
expect 3 'CL_OUT_OF_RESOURCES' 'a device that was lost' as fail=clEnqueueNDRangeKernel:40:-5 \
    "$run" train "$net" --backend=opencl --quiet --output=lost
expect 6 'memory' 'no memory for a buffer' as fail=clCreateBuffer:1:-4 "$run" train "$net" \
    --backend=opencl --quiet --output=none
rm -rf "$work/cache"
mkdir "$work/cache"
expect 3 'compiler' 'a build that fails' as fail=clBuildProgram:1:-11 "$run" train "$net" \
    --backend=opencl --quiet --tune=off --output=none
is_long || finish

# Calls fail from the n-th on: exit status 3 or 6 and one line, besides earlier warnings. A binary
# that the driver rejects is compiled again; the last clFinish comes after all results.
train --tune=off --output=warm >stdout 2>stderr
as count="$work/all.calls" "$run" train "$net" --backend=opencl --quiet --tune=off --output=all \
    >stdout 2>stderr
fail()
{
    as "fail=$1:$2:-5" "$run" train "$net" --backend=opencl --quiet --tune=off --output=fail \
        --overwrite >stdout 2>stderr
    found=$?
    case $found:$1 in
        0:clCreateProgramWithBinary) ;;
        0:clFinish) [ "$2" = "$last" ] || echo "$1 $2: went on" ;;
        [36]:*) [ "$(grep -cv 'is compiled again$' stderr)" = 1 ] || echo "$1 $2: $(cat stderr)" ;;
        *) echo "$1 $2: exit status $found: $(tail -n 3 stderr)" ;;
    esac
}
for name in clCreateContext clCreateCommandQueue clCreateBuffer clCreateProgramWithBinary \
    clBuildProgram clCreateKernel clSetKernelArg clEnqueueNDRangeKernel clEnqueueWriteBuffer \
    clEnqueueReadBuffer clEnqueueMapBuffer clFinish; do
    last=$(calls all $name)
    for n in 1 2 $((last / 2 + 1)) "$last"; do
        [ "$n" -gt "$last" ] || fail $name "$n"
    done
done >offenders
verdict 'each call that fails is one clear error' "$(head -n 20 offenders)"
finish
