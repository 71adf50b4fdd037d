#!/bin/sh
# commands.sh: the output of each command, and that they agree with each other.
. "$srcdir/tests/e2e/e2e.sh"

# number KEY FILE: the number of a JSON key.
number() { sed -n "s/^.*\"$1\": *\\([-+.e0-9]*\\).*$/\\1/p" "$2" | head -n 1; }

# close A B: equal in the six printed digits.
close()
{
    awk -v a="$1" -v b="$2" 'BEGIN { d = a - b; exit !(a != "" && d * d <= 1e-10 * b * b) }'
}

expect 0 'Usage: resnet-run' '--help' "$run" --help
expect 0 'resnet-run ' '--version' "$run" --version
expect 0 'multiply-adds' 'summary' "$run" summary "$net"
expect 0 '"layers"' 'summary --json' "$run" summary "$net" --json
is_json 'summary --json is JSON' stdout
verdict 'summary --json counts the parameters' "$(
    # conv1 80, bn1 16, layer1 1152 + 32, layer2 3456 + 64, fc 650
    grep -q '^  "parameters": 5450,$' stdout || grep '^  "parameters"' stdout)"
# A block has two convolutions of 8x8x3x3 and two normalisations of 8 channels. Code that is
# quadratic in the number of names, nodes or blocks takes minutes here.
cat >deep.cfg <<'end'
network = {
  input = { channels = 3; height = 8; width = 8; };
  classes = 10;
  layers = (
    { block = "conv2d"; channels = 8; kernel = 3; padding = 1; bias = false; },
    { block = "batch_norm"; },
    { stage = "layer1"; block = "residual/basic"; repeat = 10000; channels = 8; },
    { block = "global_avg_pool"; },
    { block = "flatten"; },
    { block = "linear"; }
  );
};
train = { batch = 2; momentum = 0.9; };
end
expect 0 '' 'summary of 10000 blocks' "$run" --backend=reference summary deep.cfg --json
verdict 'its parameters' "$(
    grep -qx ' *"parameters": 11840322,' stdout || grep '^  "parameters"' stdout)"

expect 0 'Algorithms of inference' 'summary --algorithms' "$run" summary "$net" --algorithms
verdict 'summary --algorithms lists the operators of both graphs' "$(
    for operator in conv2d conv2d_grad_weight sgd batch_norm_fold softmax; do
        grep -Eq "^[a-z0-9.]+ +$operator +[^ ]" stdout || echo "$operator"
    done)"
expect 0 '"algorithm": "' 'summary --algorithms --json' "$run" summary "$net" --algorithms --json
is_json 'summary --algorithms --json is JSON' stdout
expect 2 '--algorithms is for summary, not for compare' 'algorithms of another command' \
    "$run" compare "$net" --algorithms
expect 0 'multiply-adds' 'the action of the cfg is the command' \
    "$run" "$net" --set=run.action=summary
expect 0 '' 'compare, inference' "$run" compare "$net" --backends=reference,cpu_blas --phase=infer
expect 0 'equal to rounding' 'compare, training step' "$run" compare "$net" --backends=reference,cpu_blas
also=
[ ! -f "$builddir/.libs/onednn.so" ] || also=,onednn
for conv in direct auto winograd; do
    expect 0 'equal to rounding' "the precision of cpu_blas$also, --conv=$conv" "$run" compare \
        "$srcdir/tests/config/nets/no_decisions.cfg" --backends="reference,cpu_blas$also" \
        --conv="$conv" --limit=1e-5 --no-speed
done
expect 0 '"tensors"' 'compare --json' "$run" compare "$net" --backends=reference,cpu_blas --json
is_json 'compare --json is JSON' stdout
expect 0 '"median_ms"' 'bench --json' "$run" bench "$net" --json --steps=2 --warmup=1
is_json 'bench --json is JSON' stdout
expect 1 'cpu_blas: ' 'compare with a limit that nothing keeps' \
    "$run" compare "$net" --backends=reference,cpu_blas --limit=1e-12 --no-speed
expect 0 '' 'a backend agrees with itself to the bit' \
    "$run" compare "$net" --backends=cpu_blas,cpu_blas --limit=1e-300

need_data 'commands on data'
expect 0 '' 'train --dry-run' "$run" train "$net" --dry-run --output=dry
verdict 'train --dry-run leaves nothing behind' "$([ ! -e dry ] || ls dry)"
expect 0 '"epoch": 3' 'train --json' "$run" train "$net" --json --output=run
is_json 'a row of train --json is JSON' "$(tail -n 1 stdout >row; echo row)"
verdict 'train --quiet says nothing' "$(
    "$run" train "$net" --quiet --output=quiet --set=train.epochs=1 2>&1)"
verdict 'metrics.jsonl has the rows of metrics.csv' "$(
    tail -n 1 run/metrics.jsonl >json
    tail -n 1 run/metrics.csv | tr ',' ' ' | {
        read -r epoch step rate loss accuracy validation_loss rest
        close "$(number validation_loss json)" "$validation_loss" || echo "$validation_loss"
    })"
expect 0 '"top1"' 'eval --json' "$run" eval "$net" --json --output=run
verdict 'eval agrees with the last row of the metrics' "$(
    row=$(tail -n 1 run/metrics.csv)
    loss=$(echo "$row" | cut -d, -f6) accuracy=$(echo "$row" | cut -d, -f7)
    close "$(number loss stdout)" "$loss" && close "$(number top1 stdout)" "$accuracy" ||
        { echo "$row"; cat stdout; })"
top1=$(number top1 stdout)
expect 0 '"truth"' 'predict --json' "$run" predict "$net" --json --output=run --count=100
verdict 'predict is right as often as eval says' "$(
    right=$(sed 's/^.*"truth":"\([^"]*\)".*"top":\[{"class":"\([^"]*\)".*$/\1=\2/' stdout |
        awk -F= '$1 == $2' | wc -l)
    awk -v a="$top1" -v n="$right" 'BEGIN { exit !(n == int(100 * a + 0.5)) }' ||
        echo "$right of 100, not $top1")"
expect 0 '' 'eval of named weights' \
    "$run" eval "$net" --weights=run/model.safetensors --output=other
expect 0 'images/s' 'eval on the other backend' \
    "$run" eval "$net" --backend=reference --output=run
verdict 'the curve is a picture' "$(grep -q '<svg' run/curve.svg && tail -n 1 run/curve.svg |
    grep -q '</svg>' || head -n 3 run/curve.svg)"
finish
