#!/bin/sh
# mutants.sh: faults of the backend mutant, and what compare says of each: the verdict, the layer,
# and what of it is wrong. No other layer may be accused. Prints the table of faults and verdicts.
. "$srcdir/tests/e2e/e2e.sh"
mutants=$builddir/tests/compare/.libs

# compare NET FAULT OPTION...
compare()
{
    cfg=$srcdir/tests/compare/nets/$1.cfg device=$2
    shift 2
    "$run" compare "$cfg" --plugin-path="$mutants" --threads=1 \
        --backends="reference,mutant${device:+:$device}" --batch=2 --phase=train-step \
        --output=report.csv "$@" \
        >stdout 2>stderr
}

# The layers, operators, kinds and verdicts that fail in report.csv, each once.
accused()
{
    awk -F, '
        NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
        $column["verdict"] ~ /^(tf32|fp16|bf16|unstable|diverges|wrong)$/ {
            print $column["layer"], $column["op"], $column["kind"], $column["verdict"]
        }' report.csv | tr -d '"' | sort -u
}

row() { printf '    %-8s %-44s %-10s %s\n' "$@"; }

# fault VERDICT LAYER OPERATOR KIND NET FAULT OPTION...
fault()
{
    expected="$2 $3" kind=$4 verdict=$1 net=$5 fault=$6
    shift 6
    compare "$net" "$fault@${expected%% *}" "$@"
    status=$?
    accused >accused
    said=$(sed -n 's/^resnet-run: [^:]*:[^:]*: //p' stderr)
    row "$net" "$fault@${expected%% *}" "$verdict" "$said"
    offenders=
    [ $status = 1 ] || offenders="exit status $status
$(cat stderr)"
    grep -qx "$expected $kind $verdict" accused ||
        offenders="$offenders
not accused: $expected $kind $verdict"
    others=$(grep -v "^$expected [a-z]* $verdict\$" accused)
    [ -z "$others" ] || offenders="$offenders
accused as well: $others"
    verdict "$net: $fault" "$offenders"
}

# healthy NET: without a fault, bits are equal, or results of merged operators within rounding.
healthy()
{
    compare "$1" ''
    status=$?
    verdict "$1: no fault" "$([ $status = 0 ] || cat stderr; accused)"
}

# faults NET CONVOLUTION NORM: two layers of the network; the convolution's stride is 2.
faults()
{
    net=$1 conv=$2 norm=$3
    # Its gradient is no part of a sum, which is another operator.
    inner=${conv%conv?}conv2
    healthy "$net"
    fault tf32 "$conv" conv2d forward "$net" tf32
    fault bf16 "$conv" conv2d forward "$net" bf16_sums
    fault fp16 "$conv" conv2d forward "$net" fp16
    fault wrong "$conv" conv2d forward "$net" padding
    fault wrong "$conv" conv2d forward "$net" nan
    fault wrong fc linear forward "$net" bias
    fault wrong "$norm" batch_norm after "$net" stale_variance
    fault wrong "$conv" conv2d_grad_weight gradient "$net" stride
    fault wrong pool1.max_pool max_pool mask "$net" pool_index
    fault wrong "$conv.weight" sgd after "$net" decay_dropped
    fault unstable "$conv" conv2d forward "$net" race --repeat=12
    is_long || [ "$net" = grouped ] || return
    fault wrong "$norm" batch_norm forward "$net" epsilon
    fault wrong "$norm" batch_norm after "$net" biased_variance
    fault wrong "$norm" batch_norm_grad gradient "$net" norm_gradient
    fault tf32 "$conv" conv2d forward "$net" tf32_cut
    fault tf32 "$inner" conv2d_grad_input gradient "$net" tf32_input_gradient
    fault tf32 "$conv" conv2d_grad_weight gradient "$net" tf32_weight_gradient
    fault tf32 fc linear forward "$net" tf32_linear
    fault bf16 "$conv" conv2d forward "$net" bf16
    fault wrong "$inner" conv2d_grad_input gradient "$net" inf
    fault wrong "$conv" conv2d_grad_weight gradient "$net" tile
    fault wrong "$conv" conv2d_grad_weight gradient "$net" batch --batch=34
    fault wrong fc linear_grad_weight gradient "$net" transposed
    fault wrong pool2.avg_pool avg_pool forward "$net" average
    fault wrong drop.dropout dropout mask "$net" dropout_seed
    fault wrong loss softmax_cross_entropy_grad gradient "$net" loss_scale
    fault wrong "$conv.weight" sgd after "$net" momentum_forgotten --steps=2
    fault wrong "$conv.weight" sgd after "$net" momentum_tf
}

row network fault verdict 'what compare says'
faults plain layer2.0.conv1 layer1.0.bn1
faults grouped layer2.0.conv2 layer1.0.bn2
fault wrong layer2.0.conv2 conv2d forward grouped groups

# A fault that is there only at more than 32 images does not show at two.
compare grouped batch@layer2.0.conv2
verdict 'grouped: a fault that does not show' "$(cat stderr; accused)"
[ $failures = 0 ]
