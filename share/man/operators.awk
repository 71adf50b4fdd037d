# operators.awk: makes resnet-operators(7) of the comments at the head of core/ops/*.c.

function text(line)
{
    gsub(/\\/, "\\e", line)
    gsub(/-/, "\\-", line)
    sub(/^\./, "\\\\\\&.", line)
    sub(/^'/, "\\(aq", line)
    return line
}

BEGIN {
    print ".TH RESNET-OPERATORS 7 \"\" \"resnet-run " version "\" \"The ABI of resnet-run\""
    print ".SH NAME"
    print "resnet-operators \\- what the operators of resnet-run compute"
    print ".SH DESCRIPTION"
    print "Blocks compose these operators, backends compute them, and the core differentiates them."
    print "Operands and attributes, in order and with their C types, are in"
    print ".IR <resnet/op.h> ."
    print "Letters: x (N,C,H,W), w (K,C/G,R,S), y (N,K,P,Q); dx is the gradient of x."
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
}

END {
    print ".SH SEE ALSO"
    print ".BR resnet-run (1),"
    print ".BR resnet-plugin (1)"
}
