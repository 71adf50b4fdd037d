#!/bin/sh
# memory.sh: with little address space every backend either trains or ends with status 6 and one
# line; none hangs or crashes.
. "$srcdir/tests/e2e/e2e.sh"

if [ -n "${SANITIZE:-}" ]; then
    skip 'limits of address space' 'sanitizers map more than there would be'
    exit 77
fi
need_data 'training with little address space'

# train_within MB BACKEND OPTION...: two steps and an evaluation.
train_within()
{
    mb=$1 backend=$2
    shift 2
    (
        ulimit -c 0
        ulimit -v $((mb * 1024)) || exit
        exec timeout 60 "$run" train "$net" --backend="$backend" --quiet --output="short-$backend" \
            --set train.max_steps=2 "$@"
    ) >stdout 2>stderr
    found=$?
    rm -rf "short-$backend"
}

# sweep BACKEND THREADS MB...
sweep()
{
    backend=$1 threads=$2
    shift 2
    if [ ! -e "$builddir/.libs/$backend.so" ]; then
        skip "$backend short of address space" 'it is not built'
        return
    fi
    offenders=
    for mb in "$@"; do
        train_within "$mb" "$backend" --threads="$threads"
        case $found:$(wc -l <stderr) in
            0:0 | 6:1) ;;
            *) offenders="$offenders$mb MB: status $found, $(tail -n 1 stderr)
" ;;
        esac
    done
    verdict "$backend, $threads threads, within $* MB" "$offenders"
}

sweep reference 2 20 30 40 60 100 200
sweep cpu_blas 2 40 60 80 100 140 180 220 260 300 340 400 600
sweep cpu_blas 8 200 400 800 1600
sweep onednn 2 40 60 80 90 100 120 140 150 160 200 300
sweep onednn 8 140 160 180 200 230 260 300 400
sweep opencl 2 40 200 260 300 340 380 420 460 500

for backend in cpu_blas onednn; do
    [ -e "$builddir/.libs/$backend.so" ] || continue
    train_within 100 "$backend"
    verdict "$backend names the limit" "$(grep -q 'ulimit -v' stderr || show stderr)"
done

# The batch that the message names fits; twice as many images do not.
large_batch() { train_within 120 reference --threads=1 --set train.batch="$1" \
    --set data.train_limit="$1" --set train.max_steps=1; }
if [ -d /usr/share/datasets/fashion-mnist ]; then
    large_batch 20000
    fit=$(sed -n 's/.*; lower train.batch to about \([0-9]*\)$/\1/p' stderr)
    verdict 'a batch that is too large: a smaller one is named' \
        "$([ "$found" = 6 ] && [ -n "$fit" ] || show stderr)"
    large_batch "${fit:-1}"
    verdict 'which fits' "$([ "$found" = 0 ] || show stderr)"
    large_batch $((${fit:-1} * 2))
    verdict 'and is not too small by half' "$([ "$found" = 6 ] || echo "status $found")"
    evaluation() { (ulimit -v 70000 && "$run" eval "$net" --backend=reference --threads=1 \
        --set train.eval_batch=10000 --set data.validation_limit=10000); }
    expect 6 '; lower train.eval_batch to about ' 'in evaluation it is the batch of that' evaluation
    timing() { (ulimit -v 120000 && "$run" bench "$net" --backend=reference --batch=20000); }
    expect 6 '; lower --batch to about ' 'in bench the option' timing
else
    skip 'a batch that is too large' 'the whole data set is not there'
fi

# Limits processes to the current number, so that no thread can start. Root is exempt, so the test
# switches to another user.
few_processes()
{
    nobody=
    [ "$(id -u)" != 0 ] || nobody='setpriv --reuid=65534 --regid=65534 --clear-groups'
    $nobody prlimit --nproc=1 "$run" train "$net" --backend="$1" --quiet --threads=3 \
        --output="$work/few/run" --set train.max_steps=1
}
chmod 711 "$work"
mkdir -m 777 few
if ! few_processes nothing 2>&1 | grep -q 'no plugin "nothing"'; then
    skip 'no more processes' 'no setpriv or prlimit, or nobody may not read this build'
else
    for backend in reference cpu_blas onednn; do
        [ ! -e "$builddir/.libs/$backend.so" ] ||
            expect 6 'does not start' "$backend where no thread starts" few_processes "$backend"
    done
    [ ! -e "$builddir/.libs/opencl.so" ] ||
        expect 6 'no process to ask' 'opencl where no process starts' few_processes opencl
fi
finish
