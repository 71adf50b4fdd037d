#!/bin/sh
# graph.sh: the operators of a plan, as text, JSON and DOT, and what each stage logs.
. "$srcdir/tests/e2e/e2e.sh"
summary() { "$run" summary "$net" --backend=reference "$@"; }

# rows OPERATOR MAKER: the number of rows of the table.
rows() { awk -v operator="$1" -v maker="$2" '$2 == operator && $3 == maker' stdout | wc -l; }

# counts WHAT OPERATOR MAKER NUMBER...
counts()
{
    what=$1 offenders=
    shift
    while [ $# -gt 0 ]; do
        found=$(rows "$1" "$2")
        [ "$found" -eq "$3" ] || offenders="$offenders $found of $1 by $2, not $3;"
        shift 3
    done
    verdict "$what" "$offenders"
}

expect 0 'made by' 'summary --graph' summary --graph
counts 'the operators of training' conv2d layer 5 conv2d_grad_weight gradient 5 \
    sgd optimizer 9 batch_norm_fold fold 0
verdict 'shapes are shown' "$(
    grep -Eq '^conv1 +conv2d +layer +\([0-9]+, 8, [0-9]+, [0-9]+\)$' stdout ||
        grep '^conv1 ' stdout)"
expect 0 'made by' 'summary --graph --phase=infer' summary --graph --phase=infer
counts 'the operators of inference' conv2d layer 5 batch_norm_fold fold 5 sgd optimizer 0

# The ends of the two blocks whose shortcuts are normalised, where the backend has them as one.
pairs() { "$run" summary "$srcdir/share/models/fashion_mnist_small.cfg" --graph "$@"; }
expect 0 'made by' 'a network of residual blocks' pairs --backend=reference
counts 'two batch norms are one operator' batch_norm_pair layer 2 batch_norm_pair_grad gradient 2
expect 0 'made by' 'the same on another backend' pairs --backend=cpu_blas
counts 'they are not where it is declined' batch_norm_pair layer 0 batch_norm_pair_grad gradient 0
expect 0 '"made_by": "optimizer"' 'summary --graph --json' summary --graph --json
is_json 'summary --graph --json is JSON' stdout

# edges FILE: prints what is wrong with the edges.
edges()
{
    awk '
        NR == 1 && $0 != "digraph network {" { print "it begins with " $0 }
        $2 ~ /^\[/ { declared[$1] = 1 }
        $2 == "->" { sub(";", "", $3); n++; ends[$1]; ends[$3] }
        { last = $0 }
        END {
            if (last != "}") print "it ends with " last
            for (end in ends) if (!(end in declared)) print end " is not declared"
            if (n < 50) print n + 0 " edges"
        }' "$1"
}

expect 0 'digraph' 'summary --graph=dot' summary --graph=dot
mv stdout graph.dot
verdict 'edges join declared nodes' "$(edges graph.dot)"
if command -v dot >/dev/null; then
    verdict 'Graphviz reads it' "$(dot -Tplain graph.dot 2>&1 >/dev/null)"
elif python3 -c 'import pydot' 2>/dev/null; then
    verdict 'pydot reads it' "$(python3 -c '
import pydot
pydot.graph_from_dot_file("graph.dot")[0].get_edges()' 2>&1 >/dev/null)"
else
    skip 'DOT is read' 'there is neither dot nor pydot'
fi
expect 2 '--graph=svg: expected --graph or --graph=dot' 'an unknown format' summary --graph=svg
expect 2 '--graph=dot prints DOT' 'DOT as JSON' summary --graph=dot --json
expect 2 '--graph is for summary, not for bench' 'the graph of another command' \
    "$run" bench "$net" --graph

# logs WORDS...: the lines of standard error with all of these words.
logs()
{
    for words in "$@"; do
        grep -q "^resnet-run: $words" stderr || echo "no line \"$words\""
    done
}

expect 0 '' '--verbose=2' summary --verbose=2
verdict 'each stage logs a line' "$(
    logs 'build: training, batch .* operators, 18 parameters of ' 'fuse: ' 'gradients: ' \
        'runs: .* updates in runs; 0 ' \
        'optimizer: 9 operators' 'build: prediction' 'fold: 5 batch norms .* 0 declined$' \
        'layout: 0 reorders' 'constants: ' 'memory: an arena of [0-9]* bytes, [0-9]* without')"
mv stderr verbose
expect 0 '' 'RESNET_LOG=debug' env RESNET_LOG=debug "$run" summary "$net" --backend=reference
verdict 'RESNET_LOG=debug logs the same' "$(diff verbose stderr)"
expect 0 '' '--verbose' summary --verbose
verdict '--verbose logs no stage' "$(grep -E ': (build|layout|memory):' stderr)"
expect 2 '--verbose=3: expected --verbose or --verbose=2' 'an unknown level' summary --verbose=3
bench() { "$run" bench "$net" --backend=reference --batch=2 --warmup=0 --verbose=2 --steps="$1"; }
without_times() { sed 's/ [0-9.]* ms$//; s/ *$//' "$1"; }
expect 0 '' 'one step' bench 1
without_times stderr >one
expect 0 '' 'ten steps' bench 10
without_times stderr >ten
verdict 'no step but the first logs' "$(logs 'bind: '; diff one ten)"
# What a backend without gradients can do, and one of two operators.
RESNET_PLUGIN_PATH=$builddir/tests/device/.libs:$RESNET_PLUGIN_PATH
export RESNET_PLUGIN_PATH
partly() { "$run" summary "$net" --backend="faulty:only.$1" --quiet ${2:+"$2"}; }
expect 0 'inference  batch' 'a backend without gradients, of inference' \
    partly forward --phase=infer
verdict 'training is not planned' "$(grep '^training' stdout; cat stderr)"
expect 0 'inference  batch' 'a backend without gradients' partly forward
verdict 'it is said why it does not train' "$(
    grep -q 'training is not possible: .*(.*sgd.*conv2d_grad_weight.*)' stderr || show stderr)"
expect 0 '"training": null' 'the same as JSON' partly forward --json
is_json 'a summary without training is JSON' stdout
expect 3 'operators (batch_norm, max_pool, add, subsample, avg_pool, linear, softmax): ' \
    'a backend of two operators' partly two

# What is alive at the peak.
expect 0 'At the peak of training, in ' 'summary says when training takes most' summary
expect 0 'At the peak of inference, in ' 'and inference' summary --memory=lean
expect 0 '"alive"' 'the peak as JSON' summary --json
if command -v python3 >/dev/null; then
    verdict 'what is alive adds up to the peak, and fits the arena' "$(python3 -c '
import json, sys
for name, plan in json.load(sys.stdin).items():
    if name not in ("training", "inference"):
        continue
    peak = plan["peak"]
    if not 0 < sum(row["bytes"] for row in peak["alive"]) == peak["bytes"] <= plan["arena_bytes"]:
        print(name, peak, plan["arena_bytes"])
' <stdout 2>&1)"
else
    skip 'what is alive' 'there is no python3 to add it up'
fi
finish
