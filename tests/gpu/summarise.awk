# summarise.awk: the table of the README from report.jsonl, as far as that was written. Lines that
# are no rows of it, as the last one of a program that was killed, are passed over and counted.

# The value of a key of the row $0, without quotes; "" where it has none.
function value(key,    at, rest)
{
    at = index($0, "\"" key "\":")
    if (!at)
        return ""
    rest = substr($0, at + length(key) + 3)
    if (rest !~ /^"/) {
        match(rest, /^[0-9.]+/)
        return substr(rest, 1, RLENGTH)
    }
    match(rest, /^"([^"\\]|\\.)*"/)
    rest = substr(rest, 2, RLENGTH - 2)
    gsub(/\\/, "", rest)
    gsub(/\|/, "/", rest)
    return rest
}

# The median of the milliseconds of a workload and a program; "" if there are none.
function median(workload, who,    n, i, k, sorted, swap)
{
    n = n_times[workload, who]
    for (i = 1; i <= n; i++) {
        sorted[i] = times[workload, who, i]
        for (k = i; k > 1 && sorted[k] < sorted[k - 1]; k--) {
            swap = sorted[k]; sorted[k] = sorted[k - 1]; sorted[k - 1] = swap
        }
    }
    return !n ? "" : n % 2 ? sorted[(n + 1) / 2] : (sorted[n / 2] + sorted[n / 2 + 1]) / 2
}

# What the time of ours should be of the peer's, at most; "" where nothing was set.
function target(phase, precision, batch, who)
{
    if (precision != "bf16" && precision != "fp16")
        return ""
    if (phase == "train-step")
        return who == "eager" ? 0.70 : 0.95
    if (batch == 1)
        return who == "eager" ? 0.33 : 1.00
    return who == "compiled" ? 0.80 : ""
}

function remember(    workload)
{
    workload = value("network") "|" value("phase") "|" value("precision") "|" value("batch")
    if (!(workload in seen)) {
        seen[workload] = 1
        workloads[++n_workloads] = workload
    }
    return workload
}

function judged(ratio, most, reason)
{
    if (ratio == "")
        return "not measured: " reason
    return most == "" ? "" : ratio <= most ? "met" : "missed"
}

function shown(number, format) { return number == "" ? "" : sprintf(format, number) }

function print_speed(    i, k, who, parts, ours, theirs, ratio, most, reason)
{
    if (!n_workloads)
        return
    print "\n| network | precision | batch | ours, ms | of it: host | PyTorch | ms | ratio |" \
        " at most | |"
    print "|---|---|---|---|---|---|---|---|---|---|"
    for (i = 1; i <= n_workloads; i++) {
        split(workloads[i], parts, "|")
        ours = median(workloads[i], "ours")
        for (k = 1; k <= 2; k++) {
            who = k == 1 ? "eager" : "compiled"
            theirs = median(workloads[i], who)
            reason = why[workloads[i], who]
            if (theirs == "" && reason == "" && (k == 2 || n_times[workloads[i], "compiled"] ||
                    why[workloads[i], "compiled"] != ""))
                continue
            ratio = ours != "" && theirs > 0 ? ours / theirs : ""
            most = target(parts[2], parts[3], parts[4], who)
            if (ours == "")
                reason = why[workloads[i], "ours"]
            printf "| %s, %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", parts[1],
                parts[2] == "infer" ? "inference" : "training", parts[3], parts[4],
                shown(ours, "%.3f"), shown(host[workloads[i]], "%.3f"), who, shown(theirs, "%.3f"),
                shown(ratio, "%.2f"), shown(most, "%.2f"),
                judged(ratio, most, reason)
        }
    }
}

function print_list(title, n, list,    i)
{
    if (n)
        print "\n" title
    for (i = 1; i <= n; i++)
        print list[i]
}

/^\{"kind":"[a-z]+".*\}$/ { n_rows++ }
!/^\{"kind":"[a-z]+".*\}$/ { n_broken++; next }

{ kind = value("kind") }
kind == "start" {
    heading = value("version") ", " value("date") ", " value("minutes") " minutes" \
        (value("small") == "yes" ? ", --small: its times mean nothing" : "")
}
kind == "fact" { facts[++n_facts] = "- " value("name") ": " value("value") }
kind == "ceiling" {
    facts[++n_facts] = "- " value("name") " by " value("by") ": " value("value") " " value("unit")
}
kind == "time" {
    workload = remember()
    who = value("who")
    times[workload, who, ++n_times[workload, who]] = value("ms") + 0
    if (who == "ours")
        host[workload] = value("enqueue_ms")
}
kind == "absent" { workload = remember(); why[workload, value("who")] = value("why") }
kind == "test" {
    tests[++n_tests] = "| " value("name") " | " value("result") " | " value("target") " | " \
        value("verdict") " |"
}
kind == "stage" {
    outcome = value("outcome")
    n_stages++
    if (outcome != "done")
        unfinished[++n_unfinished] = "- " value("name") ": " outcome ", after " value("seconds") \
            " s"
}

END {
    if (!n_rows) {
        print "gpu-check: " FILENAME ": there is no row in it; expected what gpu-check wrote" \
            > "/dev/stderr"
        exit 1
    }
    print heading == "" ? "(the report has lost its beginning)" : heading
    print_list("", n_facts, facts)
    print_speed()
    print_list("| test | result | target | |\n|---|---|---|---|", n_tests, tests)
    print_list("Stages that did not end:", n_unfinished, unfinished)
    if (n_broken)
        print "\n" n_broken (n_broken == 1 ? " line" : " lines") " of the report cannot be read."
}
