# backends.awk: makes resnet-backends(7) of what `resnet-plugin --json info` prints of each backend,
# one after the other: awk -v version=VERSION -f backends.awk FILE

function text(line)
{
    gsub(/\\\\/, "\\e", line)
    gsub(/\\"/, "\\(dq", line)
    gsub(/-/, "\\-", line)
    return line
}

function value(line)
{
    sub(/^ *("[a-z_]*": )?"/, "", line)
    sub(/",?$/, "", line)
    return line
}

BEGIN {
    print ".TH RESNET-BACKENDS 7 \"\" \"resnet-run " version "\" \"The backends of resnet-run\""
    print ".SH NAME"
    print "resnet-backends \\- what computes the operators of a network"
    print ".SH DESCRIPTION"
    print ".BI \\-\\-backend= NAME"
    print "chooses a backend,"
    print ".BI \\-\\-backend= NAME : DEVICE"
    print "one of its devices. What was asked for runs, or the program stops with status 3."
    print "These are the backends that this copy was built with, and the operators of each."
    print ".B \"resnet-plugin info NAME\""
    print "prints the same of a plugin that came from elsewhere, with the devices that it finds, and"
    print ".B \"resnet-plugin why NAME\""
    print "tells why one cannot be used."
}

/^\{/ { n = 0 }
/^  "name"/ { print ".SH " toupper(text(value($0))) }
/^  "doc"/ { print text(value($0)) }
/^    "operators": \[/ { in_operators = 1; next }
in_operators && /\]/ { in_operators = 0; print ".PP\n.nh\nOperators: " operators ".\n.hy"; operators = "" }
in_operators { operators = operators (operators == "" ? "" : ",\n") text(value($0)) }

END {
    print ".SH SEE ALSO"
    print ".BR resnet-operators (7),"
    print ".BR resnet-run (1),"
    print ".BR resnet-plugin (1)"
}
