#!/bin/sh
# targets.sh: tests/bench/targets.sh and versus.sh with programs in the place of the command and of
# the peers, which say how long they took: the ratios and their rounds, the option of a row,
# and why a row was not measured.
. "$srcdir/tests/support/script.sh"
command -v python3 >/dev/null || { skip 'rows of targets' 'there is no python3'; exit 77; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# The command: of --memory it knows nothing in the folder "old". Each start takes 1 ms longer.
cat >command <<'END'
#!/bin/sh
case $1 in summary) echo '  "parameters": 11689512,'; exit ;; esac
case $*$(ls) in *--memory=*old*)
    echo "resnet-run: unknown option --memory=lean" >&2
    exit 2 ;;
esac
echo "$*" >>calls
n=$(grep -c '' calls)
cat <<JSON
{"processor": "Made 1", "system": "Linux", "version": "0.1.0", "backend": "onednn",
 "library": "oneDNN 0", "network": "resnet18", "phase": "infer", "batch": 1,
 "median_ms": $n, "peak_bytes": 1048576, "ready_ms": 30, "first_done_ms": 40}
JSON
END
# The peers: onnxruntime needs 4 ms, the others, which need less memory, 40.
cat >python <<'END'
#!/bin/sh
case $*:$0 in
    *peer_networks.py*) echo 11689512; exit ;;
    *peer_pytorch.py*--check*) echo 'no torch' >&2; exit 3 ;;
    *--check*) echo agrees; exit ;;
esac
ms=40 bytes=524288
case $* in *onnxruntime*) ms=4 bytes=2097152 ;; esac
name=${1##*peer_}
echo "{\"library\": \"${name%.py} 1\", \"setting\": \"$4\", \"median_ms\": $ms," \
    "\"peak_bytes\": $bytes, \"ready_ms\": 50, \"first_done_ms\": 100}"
END
chmod +x command python

# targets PATTERN: sets `status`; the table, reports and result are in files.
targets()
{
    rm -f calls result
    status=0
    RESNET_RUN=$work/command PYTHON=$work/python RESULT=$work/result ROUNDS=3 STEPS=1 THREADS=1 \
        "$srcdir/tests/bench/targets.sh" "$1" >table 2>reports || status=$?
}

# value EXPRESSION: of the result r
value() { python3 -c "import json; r = json.load(open('result')); print($1)" 2>&1; }

# is WHAT FOUND EXPECTED
is() { verdict "$1" "$([ "$2" = "$3" ] || echo "found $2; expected $3")"; }

# The first start is the one that chooses algorithms: the rounds take 2, 3 and 4 ms.
targets '^ResNet-18, (latency|first)'
is 'what has several targets is measured once' "$(grep -c '' calls)" 4
is 'the rounds, in their order' "$(value "r[0]['rows'][0]['rounds']")" '[0.5, 0.75, 1.0]'
is 'targets stand with their rows' "$(value "[(x['workload'], x['quantity'], x['target'])
    for x in r[0]['rows'] if 'target' in x]")" \
    "[('ResNet-18, latency, batch 1', 'step', 0.85), ('ResNet-18, first inference, batch 1', \
'start to its end', 0.5)]"
is 'each is met here' "$status.$(grep -c ' met |$' table)" 0.2
verdict 'the table' "$(
    times='3.0 ms | 4.0 ms | 0.750 (0.500 to 1.000)'
    grep -qx "| ResNet-18, latency, batch 1: step | onnxruntime 1, spin | $times | 0.85 | met |" \
        table || show table)"
is 'small batches take more steps' "$(sed -n '$s/.*--steps=\([0-9]*\).*/\1/p' calls)" 20
is 'where and how' "$(value "r[0]['processor'], r[0]['how']")" 'Made 1 fp32, 1 threads'
is 'a peer that is missing' "$(grep -c "^pytorch:jit is missing: .*no torch\$" table)" 1
python3 "$srcdir/tests/bench/report" result >said 2>&1
is 'a page of it' "$(cat said)" 'ratios.html: 2 of 2 targets met, 0 worse than before'

targets '^ResNet-18, inference, lean.*[|]1[|]fp32'
is 'the option of a row' "$(grep -c -- --memory=lean calls)" 4
is 'memory beside the leanest' "$status.$(value "r[0]['rows'][1]['ratio']")" 1.2.0
is 'the option is told' "$(value "r[0]['how']")" 'fp32, 1 threads, --memory=lean'

mkdir old
targets '^ResNet-18, (inference, lean.*[|]1[|]|latency)'
is 'an option that the command does not know' "$status.$(grep -c '| not measured |$' table)" 1.1
verdict 'why it was not measured' "$(
    grep -qx 'resnet-run: unknown option --memory=lean' table || show table)"
is 'the others are' "$(value "len(r)")" 1
finish
