#!/bin/sh
# ratios.sh: the page of tests/bench/report has the numbers of its files, in a table and drawn; it
# tells what got worse; and a file that is no result is refused in one line.
. "$srcdir/tests/support/script.sh"
command -v python3 >/dev/null || { skip 'the page of ratios' 'there is no python3'; exit 77; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# row QUANTITY RATIO ROUNDS [MORE]
row()
{
    echo "{\"quantity\": \"$1\", \"unit\": \"ms\", \"ours\": 12.5, \"peer\": 31.25," \
        "\"ratio\": $2, \"lowest\": 0.1, \"highest\": 9, \"rounds\": [$3]," \
        "\"best\": \"ncnn 1.0, layers\"$4}"
}

# result DATE PROCESSOR ROWS
result()
{
    echo "{\"date\": \"$1T10:20:30+00:00\", \"processor\": \"$2\", \"system\": \"Linux 6.1\"," \
        "\"version\": \"0.1.0\", \"backend\": \"onednn\", \"library\": \"oneDNN 2.6.3\"," \
        "\"network\": \"resnet50\", \"phase\": \"infer\", \"batch\": 1, \"how\": \"fp32\"," \
        "\"rows\": [$3], \"peers\": {}, \"notes\": [\"pytorch:jit is missing\"]}"
}

# Of the second, a step is worse; memory is within the drift, and a start within its rounds.
aimed=', "workload": "ResNet-50, latency", "target": 0.85'
{
    echo '['
    result 2026-11-20 "Zen <5> & 'more'" "$(row step 0.8 '0.79, 0.8, 0.82' "$aimed"),
        $(row 'peak memory' 1.62 1.62 ''), $(row 'start to its end' 1.1 '1.05, 1.1, 1.25' '')"
    echo ,
    result 2026-11-20 Xeon "$(row step 0.9 '0.88, 0.9, 0.91' "$aimed")"
    echo ']'
} >first.json
result 2026-12-01 "Zen <5> & 'more'" "$(row step 0.843 '0.841, 0.843, 0.86' "$aimed"),
    $(row 'peak memory' 1.65 1.65 ''),
    $(row 'start to its end' 1.3 '1.2, 1.3, 1.4' '')" >second.json

# page FILE...: makes ratios.html; sets `status`, `said` and `wrong`.
page()
{
    status=0
    python3 "$srcdir/tests/bench/report" "$@" >said 2>wrong || status=$?
}

page second.json first.json
verdict 'a page of several files' "$(
    [ $status = 0 ] && [ ! -s wrong ] || show said wrong)"
verdict 'what is not met, and what got worse' "$(
    grep -qx 'ratios.html: 1 of 2 targets met, 1 worse than before' said || show said)"
verdict 'they are listed' "$(
    sed -n '/<h2>/q; s/<[^>]*>//g; /^ResNet/p' ratios.html >listed
    {
        echo "ResNet-50, latency, step on Zen &lt;5&gt; &amp; &#x27;more&#x27;: 0.843" \
            'target 0.85 met, worse than on 2026-11-20'
        echo 'ResNet-50, latency, step on Xeon: 0.900 target 0.85 missed'
    } | cmp -s - listed || show listed)"
verdict 'the numbers are those of the files' "$(
    python3 "$srcdir/tests/report/check_ratios.py" ratios.html first.json second.json 2>&1)"
verdict 'it fetches nothing, and is well-formed' "$(
    python3 "$srcdir/tests/report/check_page.py" ratios.html 2>&1)"
for change in 's/0.841/0.871/' 's/"ratio": 0.9,/"ratio": 0.91,/' 's/"target": 0.85/"target": 0.8/' \
    's/ncnn 1.0/ncnn 1.1/' 's/, 0.82/, 0.82, 0.82/' 's/12.5/12.6/'; do
    sed "$change" first.json >other_first.json
    sed "$change" second.json >other_second.json
    verdict "other numbers are found: $change" "$(
        python3 "$srcdir/tests/report/check_ratios.py" ratios.html other_first.json \
            other_second.json 2>&1 | grep -q 'not drawn\|in the table' || echo 'no difference')"
done
page --output=one.html second.json
verdict 'a single result' "$(
    python3 "$srcdir/tests/report/check_ratios.py" one.html second.json 2>&1)"

# refused WHAT MESSAGE FILE...: in this line alone, and there is no page.
refused()
{
    what=$1 message=$2
    shift 2
    rm -f ratios.html
    page "$@"
    verdict "refused: $what" "$(
        [ $status = 2 ] && [ ! -s said ] && [ ! -e ratios.html ] &&
            [ "$(cat wrong)" = "report: $message" ] || show said wrong)"
}

again='measure again with RESULT=bad.json'
echo '{' >bad.json
page bad.json
verdict 'refused: not JSON' "$(
    [ $status = 2 ] && [ "$(grep -c '' wrong)" = 1 ] &&
        grep -q '^report: bad.json: not JSON: .*; expected a RESULT of versus.sh' wrong ||
        show wrong)"
refused 'a file that is not there' 'none.json: No such file or directory' second.json none.json
echo '[3]' >bad.json
refused 'no object' "bad.json: result 1 is 3; expected an object; $again" bad.json
echo '[]' >bad.json
refused 'nothing' 'bad.json: nothing was measured; expected a result with rows' bad.json
sed 's/"date": "2026-12/"date": "12/' second.json >bad.json
refused 'a date' "bad.json: result 1: \"date\" is \"12-01T10:20:30+00:00\"; expected a date with\
 a time zone; $again" bad.json
sed 's/0.841/"0.841"/' second.json >bad.json
refused 'a round' "bad.json: result 1, row 1: \"rounds\" is [\"0.841\", 0.843, 0.86]; expected a\
 list of numbers above 0; $again" bad.json
sed 's/"ratio": 1.65/"ratio": NaN/' second.json >bad.json
refused 'a ratio' "bad.json: result 1, row 2: \"ratio\" is NaN; expected a number above 0; $again" \
    bad.json
sed 's/, "target": 0.85//' second.json >bad.json
refused 'a workload without a target' "bad.json: result 1, row 1 has no \"target\"; expected a\
 number above 0; $again" bad.json
refused 'a folder that is not there' 'none/x.html: No such file or directory' \
    --output=none/x.html second.json
finish
