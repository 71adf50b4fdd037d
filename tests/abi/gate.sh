#!/bin/sh
# gate.sh: the ABI is what its baseline says, but for what was appended; and the gate sees what it
# is for: copies of the headers that were changed in the ways that hurt must be refused.
. "$srcdir/tests/support/script.sh"
. "$srcdir/tests/abi/abi.sh"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
expected=$abi/$(baseline "$headers")

for tool in abidw abidiff; do
    command -v "$tool" >/dev/null 2>&1 && continue
    skip 'the ABI against its baseline' "there is no $tool (Debian: abigail-tools)"
    exit 77
done
if ! anchor "$headers" "$work/now.so" || ! describe "$work/now.so" >"$work/now.abi"; then
    not_ok 'the anchor is compiled and described'
    finish
fi

attribute() { sed -n "s/.*$1='\([^']*\)'.*/\1/p" "$2" | head -n 1; }

# Skipping names what differs; a baseline that is missing or spoilt is a failure.
against_baseline()
{
    what="the ABI is that of $(basename "$expected")"
    if [ ! -f "$expected" ]; then
        verdict "$what" "there is no $expected; after a change of version run tests/abi/update.sh"
        return
    fi
    for name in abi-corpus\ version address-size; do
        [ "$(attribute "$name" "$expected")" != "$(attribute "$name" "$work/now.abi")" ] || continue
        skip "$what" "$name is $(attribute "$name" "$work/now.abi") here, not $(attribute "$name" \
            "$expected")"
        return
    done
    compare "$expected" "$work/now.abi" >"$work/report" 2>&1
    verdict "$what" "$([ $? = 0 ] || show "$work/report")"
    for frozen in "$abi"/frozen/*; do
        anchor "$frozen" "$work/frozen.so" && describe "$work/frozen.so" >"$work/frozen.abi"
        cp "$abi/$(baseline "$frozen")" "$work/baseline.abi"
        verdict "the frozen headers of ABI $(basename "$frozen") are its baseline" "$(
            { compare "$work/baseline.abi" "$work/frozen.abi" &&
                compare "$work/frozen.abi" "$work/baseline.abi"; } 2>&1 | head -n 5)"
    done
}

# change COLOUR WHAT HEADER SED...: the gate's verdict on a copy of the headers after the change.
change()
{
    colour=$1 what=$2 header=$work/changed/resnet/$3
    shift 3
    rm -rf "$work/changed"
    mkdir "$work/changed" && cp -R "$headers/resnet" "$work/changed" && chmod -R u+w "$work/changed"
    cp "$header" "$work/before"
    sed "$@" "$work/before" >"$header"
    offenders=
    ! cmp -s "$work/before" "$header" || offenders='the change does not fit the header'
    anchor "$work/changed" "$work/changed.so" && describe "$work/changed.so" >"$work/changed.abi" ||
        offenders="$offenders it cannot be compiled and described"
    compare "$work/now.abi" "$work/changed.abi" >"$work/report" 2>&1
    status=$?
    case $colour:$status in
        green:0 | red:[1-9]*) ;;
        *) offenders="$offenders abidiff ended with $status: $(cat "$work/report")" ;;
    esac
    [ $((status % 4)) = 0 ] || offenders="$offenders it could not be compared"
    verdict "$colour: $what" "$offenders"
}

against_baseline

later='    void (*later)(void);'
change green 'a slot at the end of rn_plugin' plugin.h "/^} rn_plugin;/i\\$later"
change green 'a slot at the end of rn_backend' backend.h "/^} rn_backend;/i\\$later"
change green 'a slot at the end of rn_host' host.h "/^} rn_host;/i\\$later"
change green 'a slot at the end of rn_graph' graph.h \
    -e '/^struct rn_graph {/,/^};/{' -e "/^};/i\\$later" -e '}'
change green 'a field at the end of rn_tensor_desc' tensor.h "/^} rn_tensor_desc;/i\\$later"
change green 'an operator at the end' operators.h \
    '/clang-format on/i\
RN_OP(LATER, later, 0)\
RN_IN(LATER_X, F32, REQUIRED, READ)\
RN_OUT(LATER_Y, F32, REQUIRED)\
RN_END(LATER)'
change green 'a new element type' tensor.h 's/RN_BF16 = 6/&, RN_LATER = 7/'

change red 'a slot in the middle of rn_backend' backend.h "/(\*query)/i\\$later"
change red 'a slot in the middle of rn_graph' graph.h "/(\*attr_float)/i\\$later"
change red 'two slots swapped' backend.h -e '/(\*upload)/{h;d;}' -e '/(\*download)/G'
change red 'two slots swapped, one appended' backend.h \
    -e '/(\*upload)/{h;d;}' -e '/(\*download)/G' -e "/^} rn_backend;/i\\$later"
change red 'the last slot removed' backend.h '/(\*extension)/d'
change red 'a slot removed, another appended' backend.h \
    -e '/(\*synchronize)/d' -e "/^} rn_backend;/i\\$later"
change red 'a value renumbered' tensor.h 's/RN_BF16 = 6/RN_BF16 = 7/'
change red 'a value inserted' tensor.h \
    -e 's/RN_F16 = 5/RN_LATER = 5, RN_F16 = 6/' -e 's/RN_BF16 = 6/RN_BF16 = 7/'
change red 'a status renumbered' status.h 's/RN_E_NOMEM, 11/RN_E_NOMEM, 14/'
change red 'a value removed' tensor.h 's/RN_BF16 = 6//'
change red 'a parameter of the same size' backend.h 's/device_info)(int32_t/device_info)(uint32_t/'
change red 'a parameter of another size' host.h 's/(\*note)(int32_t/(*note)(int64_t/'
change red 'a parameter added' host.h 's/(\*time_ns)(void)/(*time_ns)(int32_t clock)/'
change red 'another result' graph.h 's/double (\*attr_float)/float (*attr_float)/'
change red 'a field widened' tensor.h 's/int32_t rank;/int64_t rank;/'
change red 'a field of attributes made narrower' op.h 's/double weight_decay;/float weight_decay;/'
change red 'two inputs swapped' operators.h \
    -e '/RN_IN(CONV2D_WEIGHT,/{h;d;}' -e '/RN_IN(CONV2D_BIAS,/G'
change red 'an input appended' operators.h \
    '/RN_IN(CONV2D_Z,/a\
    RN_IN(CONV2D_LATER, F32, OPTIONAL, READ)'
change red 'an output inserted' operators.h \
    '/RN_OUT(RELU_MASK,/i\
    RN_OUT(RELU_LATER, F32, OPTIONAL)'
change red 'an input that becomes optional' operators.h '/RN_IN(ADD_B,/s/REQUIRED/OPTIONAL/'
change red 'an input that is updated' operators.h '/RN_IN(SGD_GRADIENT,/s/READ/UPDATED/'
change red 'an output of another type' operators.h '/RN_OUT(RELU_MASK,/s/MASK/F32/'
change red 'an operator removed' operators.h '/^RN_OP(RELU_GRAD,/,/^RN_END/d'
change red 'a limit raised' backend.h 's/\(RN_MAX_OPERANDS\) 16/\1 24/'
change red 'rn_operand grown: it has no size' backend.h '/^} rn_operand;/i\    uint64_t later;'
change red 'rn_setting grown: it has no size' attr.h '/^} rn_setting;/i\    uint64_t later;'
change red 'the entry renamed' plugin.h 's/rn_plugin_v0_2/rn_plugin_v0_9/'
finish
