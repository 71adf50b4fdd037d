#!/bin/sh
# out_of_tree.sh: follows the pages for plugin authors literally, with an installed copy: extracts
# their files, builds them with pkg-config and make, and trains networks with them.
. "$srcdir/tests/support/script.sh"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
if [ -n "${SANITIZE:-}" ]; then
    skip 'plugins out of tree' 'this build has sanitizers, an out-of-tree build has not'
    exit 77
fi
. "$srcdir/tests/support/installed.sh"
[ -x "$commands/resnet-run" ] || { skip 'plugins out of tree' 'there is no resnet-run'; finish; }
mkdir -m 755 "$work/blocks" "$work/operators" "$work/backends"

# step PAGE N WHAT: the page's N-th shell commands.
step() { attempt "$3" sh -e -c "$(section "$1" sh "$2")"; }

block_page()
{
    page=writing-a-block.md
    section $page c 1 >fire.c
    section $page make 1 >Makefile
    section $page cfg 1 >fire.cfg
    step $page 1 'the page builds its block and finds it' || return
    attempt 'the page installs its block' ${MAKE:-make} install DESTDIR="$work/stage"
    verdict 'the block is installed beside the others' "$(
        find "$work/stage" -name fire.so | grep -q "${plugins#"$work/root"}/fire.so" ||
            find "$work/stage")"
    verdict 'the block exports only its entry' "$(
        ${NM:-nm} -D --defined-only fire.so | awk '$NF !~ /^rn_plugin_v/ && $(NF - 1) != "A"')"
    for source in "$srcdir"/plugins/*.c; do
        name=$(basename "$source" .c)
        attempt "$name.c builds out of tree" ${CC:-cc} -std=gnu11 $(
            pkg-config --cflags resnet-plugin) $(
            pkg-config --variable=module_ldflags resnet-plugin) \
            -o "$name.so" "$source" -lm
    done
    verdict 'the block is found in this folder, not in the installed one' "$(
        resnet-plugin --plugin-path="$PWD" info residual | grep -q "file: $PWD/residual.so" ||
            echo "another residual.so is found")"
    attempt 'the page describes its network' sh -e -c "$(section $page sh 2 | grep summary)"
    if [ ! -d /usr/share/datasets/fashion-mnist ]; then
        skip 'training' 'Fashion-MNIST is not installed (Debian: dataset-fashion-mnist)'
        return
    fi
    step $page 2 'the page trains its network' || return
    verdict 'the weights have the names that the page promises' "$(
        grep -aq '"fire1.squeeze.weight"' runs/fire/model.safetensors ||
            echo 'no fire1.squeeze.weight')"
}

# The last part of a page stands in the folder that its first part has made.
operator_page()
{
    page=writing-an-operator.md
    step $page 1 'the page makes an operator and tries it' || return
    cd bend || return
    section $page diff 1 >opencl.diff
    step $page 2 'the page gives it another kernel'
    cd ..
}

backend_page()
{
    page=writing-a-backend.md
    step $page 1 'the page makes a backend and tries it' || return
    cd mine || return
    section $page diff 1 >pool.diff
    section $page cfg 1 >pooled.cfg
    step $page 2 'the page adds an operator' || return
    verdict 'both backends say the same of the network with it' "$(
        awk '$1 == "loss" && seen++ && $0 != last { print last; print }
            $1 == "loss" { last = $0 }
            END { if (seen < 2) print seen " losses" }' "$work/log")"
    cd ..
}

# row WORDS: the operators that the page's table names for it, between blanks.
row()
{
    awk -F '|' -v words="$1" 'index($2, words) { gsub(/also|,/, "", $3); print $3 }' \
        "$srcdir/share/doc/writing-a-backend.md" | tr -s ' '
}

# given OPERATORS COMMAND...: a network on a backend that has these alone.
given()
{
    only=$1
    shift
    ONLY=$only resnet-run --plugin-path="$work/only" --backend=only "$@" >"$work/log" 2>&1
}

# What the page's table says of operators, on a network with all layers that it is about: each is
# needed, and they are enough.
backend_table()
{
    mkdir -m 755 "$work/only"
    grep -v dropout "$srcdir/tests/abi/train.cfg" >"$work/only/net.cfg"
    attempt 'a backend with chosen operators is built' ${CC:-cc} -std=gnu11 -I"$srcdir/include" \
        -DREFERENCE="\"$plugins/reference.so\"" -fPIC -shared -fvisibility=hidden \
        "$srcdir/tests/plugin/zoo/only.c" -o "$work/only/only.so" || return
    cd "$work/only" && sh "$RESNET_TEMPLATES_PATH/common/data.sh" || return
    attempt 'a network of these operators trains on the reference' \
        resnet-run --backend=reference train net.cfg || return
    forward=$(row evaluating)
    training="$forward$(row training)"
    verdict 'the operators for evaluating are enough' "$(
        given "$forward" eval net.cfg --weights=runs/net/model.safetensors ||
            tail -n 3 "$work/log")"
    verdict 'and with softmax those for predicting' "$(
        given "$(echo "$forward" | sed 's/softmax_cross_entropy/softmax/')" summary net.cfg ||
            tail -n 3 "$work/log")"
    verdict 'those for training are enough' "$(
        given "$training" bench net.cfg --batch=2 --steps=2 --warmup=1 ||
            tail -n 3 "$work/log")"
    verdict 'and none of them can be left out' "$(for name in $training; do
        less=$(echo "$training" | sed "s/ $name / /")
        ! given "$less" bench net.cfg --batch=2 --steps=2 --warmup=1 &&
            grep -q "only has no $name" "$work/log" || echo "$name"
    done)"
}

cd "$work/blocks" && block_page
cd "$work/operators" && operator_page
cd "$work/backends" && backend_page && backend_table
finish
