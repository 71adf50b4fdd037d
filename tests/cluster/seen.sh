#!/bin/sh
# seen.sh: what is shown of several processes: how a step scales, in bench, and what each process
# did in an epoch, with --verbose.
. "$srcdir/tests/e2e/e2e.sh"
. "$srcdir/tests/support/launchers.sh"
need_data 'seen'
LAUNCHERS=${LAUNCHERS:-openmpi}
use_launchers 'seen'
backend=cpu_blas
[ -f "$builddir/.libs/$backend.so" ] || backend=reference

processes()
{
    start_by "$launcher" 2 "$run" "$@" --backend=$backend --threads=1 >stdout 2>stderr
    found=$?
}

# The network's parameters and the loss go through the exchange, and the sums of its norms.
check_numbers()
{
    python3 - <<'PY'
import json
all = json.load(open("stdout"))
s = all["scaling"]
if (s["processes"], s["ranks"], all["ranks"]) != (2, 2, 2):
    print("not of two processes")
if not 0.0209 < s["megabytes"] < 0.03:
    print(f"{s['megabytes']} MB were exchanged")
if not 0 <= s["hidden"] <= 1 or not s["plain_ms"] > 0 or not s["exchange_ms"] > 0:
    print("no times", s)
if abs(s["efficiency"] * all["median_ms"] / s["alone_ms"] - 1) > 1e-6:
    print("another efficiency", s)
PY
}

for launcher in $launchers; do
    processes bench "$net" --json --steps=5
    verdict "$launcher: bench as JSON" "$([ $found = 0 ] || show stderr
        ! command -v python3 >/dev/null || check_numbers 2>&1)"
    processes bench "$net" --steps=3
    verdict "$launcher: bench as text" "$({
        efficiency='^2 ranks in 2 processes: [0-9.]+% of the speed of as many that exchange nothing'
        grep -E "$efficiency" stdout &&
            grep -E '^exchange: [0-9.]+ MB a step, .* is hidden; a plain sum ' stdout
    } >shown || show stdout stderr)"
    processes bench "$net" --batch=7
    verdict "$launcher: bench of a batch that cannot be shared" "$([ $found = 2 ] &&
        grep -q '2 devices cannot share a batch of 7 images evenly' stderr || show stderr)"
    # On a machine that does other work a process waits longer than it computes.
    loads=
    for load in 1 2 3 4; do
        (while :; do :; done) &
        loads="$loads $!"
    done
    processes train "$net" --verbose --set=train.epochs=1 --overwrite --output=seen
    # shellcheck disable=SC2086 # a list of processes
    kill $loads
    for process in 0 1; do
        verdict "$launcher: the log has the times of process $process" "$(
            grep -qE "epoch 1: process $process on .*: [0-9.]+ s computing, [0-9.]+ s waiting for \
others, exchanges under way for [0-9.]+ s" stderr || show stderr)"
    done
done
finish
