#!/bin/sh
# faults.sh: faults of the backend mutant, and what compare says of each: the verdict, the layer, and
# what of it is wrong. No other layer may be accused. Prints the table of faults and verdicts.
. "$srcdir/tests/e2e/e2e.sh"
mutants=$builddir/tests/compare/.libs

# compare NET FAULT OPTION...
compare()
{
    net=$1 fault=$2
    shift 2
    "$run" compare "$srcdir/tests/compare/nets/$net.cfg" --plugin-path="$mutants" --threads=1 \
        --backends="reference,mutant:$fault" --batch=2 --phase=train-step --output=report.csv "$@" \
        >stdout 2>stderr
}

# The layers, operators, kinds and verdicts that fail in report.csv, each once.
accused()
{
    awk -F, '
        NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
        $column["verdict"] ~ /^(tf32|fp16|bf16|unstable|diverges|wrong)$/ {
            print $column["layer"], $column["op"], $column["kind"], $column["verdict"]
        }' report.csv | sort -u
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
