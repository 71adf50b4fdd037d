# check.sh: tries NAME.so: what the validator says, a network, a short training, and that backends
# compute what the reference does. `make check` runs it; `make check BACKENDS="opencl cudnn"` tries
# others, which may take minutes at their first start.
set -eu
fail() { echo "NAME: $1" >&2; exit 1; }
run() { resnet-run --plugin-path="$PWD" "$@"; }

if resnet-plugin --help | grep -q '^  check '; then
    resnet-plugin check "$PWD/NAME.so" || fail 'the validator finds mistakes'
fi
sh ./data.sh
rm -rf runs
run summary NAME.cfg >summary.log || fail 'the network is not built'
run train NAME.cfg >train.log || fail 'the network does not train; see train.log'

# The loss of training after the first epoch and after the last.
awk -F , 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "train_loss") column = i }
    NR == 2 { first = $column } { last = $column }
    END { if (!(last < first)) exit 1; print "loss " first " -> " last }' runs/NAME/metrics.csv ||
    fail 'training does not make the loss smaller; see runs/NAME/metrics.csv'

for backend in ${BACKENDS:-reference cpu_blas onednn}; do
    status=0
    run compare NAME.cfg --backends=reference,"$backend" --no-speed >"$backend.log" 2>&1 ||
        status=$?
    case $status in
        0) echo "$backend agrees with the reference" ;;
        3) echo "$backend is left out: $(tail -n 1 "$backend.log")" ;;
        *) cat "$backend.log"; fail "$backend computes something else" ;;
    esac
done
