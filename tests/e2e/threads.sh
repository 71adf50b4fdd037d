#!/bin/sh
# threads.sh: the default number of threads of backends on processors, and how long they wait awake.
. "$srcdir/tests/e2e/e2e.sh"

# threads BACKEND [VARIABLE=VALUE...]: the number that its device reports.
threads()
{
    backend=$1
    shift
    env "$@" "$builddir/resnet-plugin" info "$backend" --json |
        sed -n 's/.*"threads": \([0-9]*\).*/\1/p' | head -n 1
}

# same WHAT EXPECTED FOUND
same() { verdict "$1" "$([ "$2" = "$3" ] || echo "expected $2, found $3")"; }

for variable in OMP_NUM_THREADS OMP_PROC_BIND OMP_PLACES GOMP_CPU_AFFINITY; do
    unset "$variable"
done
for backend in reference cpu_blas onednn; do
    if [ ! -e "$builddir/.libs/$backend.so" ]; then
        skip "threads of $backend" 'it is not built'
        continue
    fi
    all=$(threads $backend)
    same "$backend: all processors, bound by OpenMP or not" "$all $all $all" \
        "$(threads $backend OMP_PROC_BIND=true) $(threads $backend OMP_PLACES=cores) $(
            threads $backend GOMP_CPU_AFFINITY=0-1023)"
    same "$backend: OMP_NUM_THREADS, and the first of its list" '3 5' \
        "$(threads $backend OMP_NUM_THREADS=3) $(threads $backend OMP_NUM_THREADS=5,2)"
    same "$backend: no number in OMP_NUM_THREADS" "$all $all $all" \
        "$(threads $backend OMP_NUM_THREADS=) $(threads $backend OMP_NUM_THREADS=-3) $(
            threads $backend OMP_NUM_THREADS=4x)"
    if command -v taskset >/dev/null 2>&1; then
        same "$backend: one processor to run on" 1 "$(
            threads $backend taskset -c "$(taskset -cp $$ | sed 's/.*: \([0-9]*\).*/\1/')")"
    fi
done

# spins [VARIABLE=VALUE...]: for how many rounds the threads of GNU's OpenMP spin before they sleep,
# as it says itself; the one that onednn has been linked with.
spins()
{
    env OMP_DISPLAY_ENV=verbose "$@" "$run" --backend=onednn bench "$net" --batch=1 --steps=1 \
        --warmup=1 --phase=infer 2>&1 |
        sed -n "s/.*GOMP_SPINCOUNT = '\(.*\)'.*/\1/p" | head -n 1
}
for variable in OMP_WAIT_POLICY GOMP_SPINCOUNT; do
    unset "$variable"
done
if [ -e "$builddir/.libs/onednn.so" ] && [ "$(spins GOMP_SPINCOUNT=7)" = 7 ]; then
    same 'threads of OpenMP soon sleep' 1000 "$(spins)"
    same 'they wait as the user says' '0 30000000000' \
        "$(spins OMP_WAIT_POLICY=passive) $(spins OMP_WAIT_POLICY=active)"
else
    skip 'how long threads of OpenMP wait awake' 'onednn is not there, or not on that of GNU'
fi

# How many threads are started for a prediction. Those of bench depend on the clock: it measures the
# device's peak with matrices of growing sizes, which threads fill where they are large.
# started BACKEND [VARIABLE=VALUE...]
golden=$srcdir/tests/golden
started()
{
    backend=$1
    shift
    env "$@" strace -f -qq -e trace=clone,clone3 -o calls "$run" --backend="$backend" predict \
        "$golden/weights/torch_bfloat16/model.safetensors" "$golden/images/files/rgb.png" \
        >stdout 2>stderr || cat stderr
    grep -c CLONE_THREAD calls
}
if command -v strace >/dev/null 2>&1 && strace -qq true 2>stderr; then
    # onednn first checks that they can be started.
    for pair in 'cpu_blas 1' 'onednn 2'; do
        backend=${pair% *} times=${pair#* }
        [ -e "$builddir/.libs/$backend.so" ] || continue
        one=$(started "$backend" OMP_NUM_THREADS=1)
        same "$backend starts OMP_NUM_THREADS threads" $((one + 3 * times)) \
            "$(started "$backend" OMP_NUM_THREADS=4)"
    done
else
    skip 'threads that start' 'strace is not there or not allowed'
fi
finish
