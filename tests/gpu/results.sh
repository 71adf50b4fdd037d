# results.sh: the rows of report.jsonl, each a flat object on a line of its own that is written as
# soon as it is known. "kind" tells what it is:
#   start   version, date, minutes, small
#   fact    name, value: a version, a name
#   ceiling name, value, unit, by: what the machine can do at most
#   time    network, phase, batch, precision, who (ours, eager, compiled), round, ms: the median of
#           steps; ours has enqueue_ms and wait_ms, too: the host's part, and the wait for the GPU
#   absent  network, phase, batch, precision, who, why: what was not measured
#   test    name, result, target, verdict: "right", "wrong" or "not run"
#   stage   name, seconds, limit_s, outcome: "done", "cut", "no time left", "failed with …",
#           "killed by …"

# quoted TEXT: as a string of JSON; what is no printable character of ASCII becomes a blank.
quoted()
{
    printf '"%s"' "$(printf '%s' "$1" | LC_ALL=C tr -c ' -~' ' ' | cut -c1-300 |
        sed 's/[\\"]/\\&/g')"
}

# object KIND NAME VALUE...: appends a row, in one write. A value that is a number stays one; an
# empty one is left out.
object()
{
    line="{\"kind\":\"$1\""
    shift
    while [ $# -gt 1 ]; do
        case $2 in
            '') ;;
            -* | .* | *. | *[!0-9.]* | *.*.* | 0[0-9]*) line="$line,\"$1\":$(quoted "$2")" ;;
            *) line="$line,\"$1\":$2" ;;
        esac
        shift 2
    done
    printf '%s}\n' "$line" >>"$folder/report.jsonl"
}

start_row()
{
    object start version "$("$run" --version | head -n 1)" date "$(date -u '+%Y-%m-%d %H:%M:%S')" \
        minutes "$minutes" small "${small:-no}"
}

fact() { object fact name "$1" value "$2"; }

# test_row STATUS NAME RESULT TARGET: of what must not fail; STATUS is whether it did.
test_row()
{
    verdict=wrong
    [ "$1" != 0 ] || verdict=right
    object test name "$2" result "$3" target "$4" verdict $verdict
}

# not_run NAME WHY
not_run() { object test name "$1" result "$2" target '' verdict 'not run'; }

stage_row() { object stage name "$1" seconds "$2" limit_s "$3" outcome "$4"; }
