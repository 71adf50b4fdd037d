# check.sh: tries NAME.so: what the validator says, and that a trained network has the same results
# by it as by the reference. `make check` runs it.
set -eu
fail() { echo "NAME: $1" >&2; exit 1; }
run() { resnet-run --plugin-path="$PWD" "$@"; }

if resnet-plugin --help | grep -q '^  check '; then
    resnet-plugin check "$PWD/NAME.so" || fail 'the validator finds mistakes'
fi
sh ./data.sh
rm -rf runs
run train NAME.cfg --backend=reference >train.log || fail 'the network does not train'
for backend in reference NAME; do
    run eval NAME.cfg --weights=runs/NAME/model.safetensors --backend="$backend" --json \
        >"$backend.log" || fail "$backend does not evaluate the network; see $backend.log"
done

# What both say of the same pictures, within rounding.
awk -F '[:,] *' '/^  "(loss|top1|ece)"/ {
        if (FNR == NR) one[$1] = $2
        difference = $2 - one[$1]
        if (FNR != NR) print $1 ": " one[$1] ", and NAME " $2
        if (difference * difference > 1e-10 * $2 * $2) wrong = 1
    } END { exit wrong || NR < 10 }' reference.log NAME.log || fail 'its results differ'

status=0
run train NAME.cfg --backend=NAME --output=runs/refused >refused.log 2>&1 || status=$?
[ "$status" = 3 ] && grep -q "NAME has no" refused.log ||
    fail 'what it lacks is not refused by name'
echo 'training is refused, as it should be; refused.log names what is missing'
