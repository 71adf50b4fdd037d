# waiting.sh: runs that wait where a signal has to find them, however busy the machine is; for
# scripts that source it after e2e.sh. RESNET_FAILING=conv2d:30:waits makes a run on the backend
# "failing" wait before its 30th conv2d.
export RESNET_PLUGIN_PATH="$RESNET_PLUGIN_PATH:$builddir/tests/cluster/.libs"

# await COMMAND...: waits until it succeeds, at most five minutes.
await()
{
    for _ in $(seq 3000); do
        "$@" && return
        sleep 0.1
    done
    false
}

are_waiting() { [ "$(find . -maxdepth 1 -name 'waiting.*' | wc -l)" = "$1" ]; }

# until_waiting [N]: waits until N runs wait, 1 if not given.
until_waiting() { await are_waiting "${1:-1}"; }

go_on() { rm -f waiting.*; }
