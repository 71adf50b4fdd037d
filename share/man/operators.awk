# operators.awk: makes resnet-operators(7) of the tables include/resnet/operators.h and, for the kinds
# of activation, op.h, which are given first, and of the comments at the head of core/ops/*.c.

function text(line)
{
    gsub(/\\/, "\\e", line)
    gsub(/-/, "\\-", line)
    sub(/^\./, "\\\\\\&.", line)
    sub(/^'/, "\\(aq", line)
    return line
}

# "RN_IN(CONV2D_Z, F32, OPTIONAL, READ) /* with RN_EPILOGUE_ADD */" as "z (f32, optional; with
# RN_EPILOGUE_ADD)". Remarks on shapes, "(N)", are left out: the head tells them.
function operand(row, part, words, remark)
{
    split(row, part, /[(),] */)
    words = tolower(part[3])
    if (part[4] == "OPTIONAL")
        words = words ", optional"
    if (part[4] == "REST")
        words = words ", one or more"
    if (part[5] == "SHARED" || part[5] == "UPDATED")
        words = words ", " tolower(part[5])
    if (row ~ /\/\* [^(]/) {
        remark = row
        sub(/.*\/\* /, "", remark)
        sub(/ *\*\/.*/, "", remark)
        words = words "; " remark
    }
    return tolower(substr(part[2], length(operator) + 2)) " (" words ")"
}

function operands(list)
{
    return list == "" ? "none" : text(substr(list, 3))
}

# Each kind of activation and its formula, where a head says "kinds".
function print_kinds(i)
{
    for (i = 1; i <= n_kinds; i++)
        print ".br\n.B " text(kinds[i]) "\ny = " text(formulas[i])
}

# An operator's gradients have no head; their operands follow its own.
function gradients(name, i)
{
    for (i = 1; i <= n_names; i++)
        if (index(names[i], name "_grad") == 1) {
            is_told[names[i]] = 1
            print ".TP\n.I " names[i]
            print "inputs: " operands(inputs[names[i]])
            print ".br\noutputs: " operands(outputs[names[i]])
        }
}

BEGIN {
    print ".TH RESNET-OPERATORS 7 \"\" \"resnet-run " version "\" \"The ABI of resnet-run\""
    print ".SH NAME"
    print "resnet-operators \\- what the operators of resnet-run compute"
    print ".SH DESCRIPTION"
    print "Blocks compose these operators, backends compute them, and the core differentiates them."
    print "The table of their operands is"
    print ".IR <resnet/operators.h> ;"
    print "attributes, in order and with their C types, are in"
    print ".IR <resnet/op.h> ."
    print "Operands are in order, each with its type: f32; i32; mask, a bit or byte that is 0 or 1;"
    print "index, a byte: a position in a window; or any. An optional operand keeps its"
    print "slot where it is absent. Output 0 may lie on an input that is shared; one that is updated"
    print "is changed in place."
    print "Letters: x (N,C,H,W), w (K,C/G,R,S), y (N,K,P,Q); dx is the gradient of x."
}

/^RN_OP\(/ {
    split($0, part, /[(),] */)
    operator = part[2]
    names[++n_names] = part[3]
}
/^\/\* A view: no backend sees it/ { view_next = 1 }
/^RN_OP\(/ { is_view[names[n_names]] = view_next; view_next = 0 }
/^ +RN_IN\(/ { inputs[names[n_names]] = inputs[names[n_names]] ", " operand($0) }
/^ +RN_OUT\(/ { outputs[names[n_names]] = outputs[names[n_names]] ", " operand($0) }
/^ +KIND\(/ {
    split($0, part, /[(),] */)
    kinds[++n_kinds] = part[3]
    formula = $0
    sub(/^[^"]*"/, "", formula)
    sub(/".*/, "", formula)
    formulas[n_kinds] = formula
}
FILENAME ~ /\.h$/ { next }

# A rule with `infer` makes an operator one that blocks may call, with n_given values; a loss needs
# labels, which no block has, and its n_given is no number.
/^const rn_op_rule rn_op_/ {
    rule = $3
    sub(/^rn_op_/, "", rule)
    is_inferred = 0
    given = ""
}
rule != "" {
    if (/\.infer = /) is_inferred = 1
    if (/\.gradient = /) has_gradient[rule]
    if (match($0, /\.n_given = [0-9]+/)) given = substr($0, RSTART + 11, RLENGTH - 11)
    if (/};/) {
        if (is_inferred && given != "") values[rule] = given
        rule = ""
    }
}

# A head has a line that begins with "formula"; other files of the folder have none.
FNR == 1 { head = $0; is_open = 1; is_operator = 0 }
!is_open { next }
FNR > 1 && !is_operator && / \* formula / {
    is_operator = 1
    sub(/^\/\* /, "", head)
    name = head
    sub(/:.*/, "", name)
    sub(/^[^:]*: /, "", head)
    print ".SS " name
    print text(head)
    is_told[name] = 1
    print ".TP 10\n.I inputs\n" operands(inputs[name])
    print ".TP\n.I outputs\n" operands(outputs[name])
}
FNR > 1 && !is_operator { sub(/^ \* ?/, ""); head = head " " $0; next }
is_operator {
    line = $0
    sub(/^ \* /, "", line)
    is_open = line !~ /\*\//
    sub(/ *\*\/.*/, "", line)
    key = substr(line, 1, 9)
    sub(/ *$/, "", key)
    value = substr(line, 10)
    sub(/^ */, "", value)
    if (key != "")
        print ".TP 10\n.I " key
    print text(value)
    if (key == "kinds")
        print_kinds()
    if (!is_open)
        gradients(name)
}

END {
    for (i = 1; i <= n_names; i++)
        if (!(names[i] in is_told)) {
            print "operators.awk: no file of core/ops describes " names[i] >"/dev/stderr"
            exit 1
        }
    print ".SH OPERATORS FOR BLOCKS"
    print "These may be called by rn_graph.op, with so many values as stand behind them:"
    line = ""
    for (i = 1; i <= n_names; i++)
        if (names[i] in values) {
            more = inputs[names[i]] ~ /one or more/ ? " or more" : ""
            none = names[i] in has_gradient ? "" : "; it has no gradient"
            line = line ", " names[i] " (" values[names[i]] more none ")"
        }
    print text(substr(line, 3)) "."
    print ".PP\nThe core appends all others itself: the loss, gradients, updates, and what joins operators."
    print ".SH OPERATORS FOR BACKENDS"
    print "A backend is asked for these, and declines those that it has not:"
    for (i = 1; i <= n_names; i++)
        if (!is_view[names[i]])
            print text(names[i]) (i < n_names ? "," : ".")
    print ".SH SEE ALSO"
    print ".BR resnet-run (1),"
    print ".BR resnet-plugin (1)"
}
