#!/bin/sh
# versus.sh [NETWORK PHASE BATCH]: our steps and those of other libraries, in turns, on the same
# threads and in the same precision; prints the ratios ours / the best peer's of time, peak memory,
# and from the start of the process to the first step and to its end. For inference all read the
# same weights from files.
#
#   NETWORK  book_resnet18 (default), resnet18, resnet34, resnet50 or resnext50_32x4d
#   PHASE    train-step (default) or infer        BATCH  128; 16 at 224x224
# From the environment:
#   RECIPE   of a training step: sgd (default); adamw, with an average of the weights and the norm
#            of the gradients limited; frozen: sgd of the last stage and the classifier alone
#   BACKEND (onednn), PRECISION (fp32) or bf16, THREADS (all), ROUNDS (5), STEPS a round (3),
#   RESNET_RUN (the command to time), OPTIONS of it (none), as in --memory=lean
#   PYTHON   interpreters, "python1 python2"; each peer runs in all that have it, and the best wins.
#            setup-peers makes one; Debian's torch belongs to /usr/bin/python3 (default)
#   PEERS    of "pytorch onnxruntime openvino ncnn" (all), or one setting, as in "pytorch:nhwc"
#   CACHE    a folder that keeps the peers' networks and compiled code from one call to the next
#   RESULT   a file: the results as JSON, which `report` draws
# Before anything is timed each peer computes one batch, which must agree with PyTorch's. After the
# first round only peers that may be the best go on, so that rounds are short: the machine drifts.
# Exit status: 1 a peer disagrees or fails; 3 there is no peer.
set -eu
here=$(dirname "$0")
network=${1:-book_resnet18}
phase=${2:-train-step}
backend=${BACKEND:-onednn}
precision=${PRECISION:-fp32}
threads=${THREADS:-$(nproc)}
rounds=${ROUNDS:-5}
steps=${STEPS:-3}
pythons=${PYTHON:-/usr/bin/python3}
run=${RESNET_RUN:-resnet-run}
recipe=${RECIPE:-sgd}
case $network in
    book_resnet18) cfg=d2l_resnet18_fashion_mnist batch=${3:-128} ;;
    resnet18 | resnet34 | resnet50 | resnext50_32x4d) cfg=$network batch=${3:-16} ;;
    *) echo "versus.sh: unknown network $network" >&2; exit 2 ;;
esac
case $phase in
    train-step) peers='pytorch:nchw pytorch:nhwc pytorch:compiled' ;;
    infer)
        peers='pytorch:jit pytorch:compiled onnxruntime:spin onnxruntime:yield openvino:latency'
        peers="$peers ncnn:layers"
        [ "$batch" -eq 1 ] || peers="$peers ncnn:images" ;;
    *) echo "versus.sh: unknown phase $phase" >&2; exit 2 ;;
esac
case $recipe in
    sgd) settings= ;;
    adamw)
        settings='train.optimizer="adamw" train.weight_decay=0.01 train.ema_decay=0.999
            train.clip_norm=1.0' ;;
    frozen)
        settings='train.groups=({match="*";freeze=true;}'
        for part in layer4 fc; do
            settings="$settings,{match=\"$part.*\";freeze=false;}"
        done
        settings="$settings)" ;;
    *) echo "versus.sh: unknown recipe $recipe" >&2; exit 2 ;;
esac
cfg=$here/../../share/models/$cfg.cfg
warmup=$((steps / 5 + 2))
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cache=${CACHE:-$work}
mkdir -p "$cache"
export OMP_NUM_THREADS="$threads" TORCHINDUCTOR_CACHE_DIR="$cache/inductor"
export PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=ignore

# Large thresholds keep PyTorch from returning memory to the system after every tensor. With the
# defaults it is up to three times slower, and beating that would prove nothing.
peer()
{
    python=$1 name=${2%:*} setting=${2#*:}
    shift 2
    env OPENBLAS_NUM_THREADS=1 MALLOC_MMAP_THRESHOLD_=1073741824 MALLOC_TRIM_THRESHOLD_=4294967296 \
        MALLOC_TOP_PAD_=536870912 "$python" "$here/peer_$name.py" "$network" "$phase" "$setting" \
        --batch "$batch" --threads "$threads" --precision "$precision" --models "$cache" \
        --recipe "$recipe" --steps "$steps" --warmup "$warmup" "$@" </dev/null 2>"$work/errors"
}

ours()
{
    for setting in $settings; do
        set -- "$@" --set "$setting"
    done
    [ "$phase" = train-step ] || set -- "$@" --weights="$cache/$network.ours.pth"
    # shellcheck disable=SC2086 # options, one a word
    "$run" bench --backend="$backend" --precision="$precision" --threads="$threads" \
        --phase="$phase" --batch="$batch" --json ${OPTIONS:-} "$@" "$cfg"
}

# Writes the files that the peers read, with the first interpreter that can.
prepare()
{
    for python in $pythons; do
        if parameters=$("$python" "$here/peer_networks.py" "$network" "$phase" "$batch" "$cache" \
            "$recipe" 2>"$work/errors"); then
            return
        fi
        echo "$python: $(tail -n 1 "$work/errors")" >&2
    done
    echo 'versus.sh: no interpreter in PYTHON can write the networks; see setup-peers' >&2
    exit 3
}

is_wanted()
{
    for wanted in ${PEERS:-$1}; do
        [ "$wanted" != "$1" ] && [ "$wanted" != "${1%:*}" ] || return 0
    done
    return 1
}

# Adds to $work/peers the interpreters in which the peer agrees, or says why there is none.
check()
{
    reasons=
    for python in $pythons; do
        status=0
        peer "$python" "$1" --check >"$work/agrees" || status=$?
        case $status in
            0) echo "$python $1" >>"$work/peers"; cat "$work/agrees" ;;
            3) reasons="$reasons; $python: $(tail -n 1 "$work/errors")" ;;
            *) echo "$1 fails: $(cat "$work/agrees") $(tail -n 1 "$work/errors")" >>"$work/notes" ;;
        esac
    done
    grep -q " $1\$" "$work/peers" || [ -z "$reasons" ] ||
        echo "$1 is missing: ${reasons#; }" >>"$work/notes"
}

# What is chosen and kept on first use is, then; and an option that is unknown stops here.
prepare
ours --steps=1 --warmup=1 >"$work/ours.first"
echo "$parameters parameters, as in $(basename "$cfg")"
"$run" summary --backend="$backend" --set train.batch=1 --json "$cfg" |
    grep -q "^  \"parameters\": $parameters,\$" || {
    echo "versus.sh: but $(basename "$cfg") has another number of parameters" >&2
    exit 1
}
touch "$work/peers" "$work/notes"
for peer in $peers; do
    ! is_wanted "$peer" || check "$peer"
done
cat "$work/notes"
[ -s "$work/peers" ] || {
    echo 'versus.sh: there is no peer to compare with' >&2
    exit 3
}
n_peers=$(grep -c '' "$work/peers") || true
going=$(seq "$n_peers")
for round in $(seq "$rounds"); do
    ours --steps="$steps" --warmup="$warmup" >"$work/ours.$round"
    for n in $going; do
        # shellcheck disable=SC2046 # an interpreter, and the peer
        peer $(sed -n "${n}p" "$work/peers") >"$work/peer$n.$round" || {
            cat "$work/errors" >&2
            exit 1
        }
    done
    [ "$round" -gt 1 ] || going=$(python3 "$here/versus_print.py" "$work" --contenders)
done
how="$precision, $threads threads${OPTIONS:+, $OPTIONS}"
[ "$recipe" = sgd ] || how="$how, $recipe"
python3 "$here/versus_print.py" "$work" "$how"
[ -z "${RESULT:-}" ] || cp "$work/result.json" "$RESULT"
! grep -q ' fails: ' "$work/notes"
