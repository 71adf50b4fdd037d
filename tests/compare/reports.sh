#!/bin/sh
# reports.sh: other programs read what test_reports writes: Python's json, csv, ElementTree and
# html.parser.
. "$srcdir/tests/support/script.sh"
has_program test_reports 'reports read by Python' || finish
if ! command -v python3 >/dev/null; then
    skip 'reports read by Python' 'python3 is not installed'
    finish
fi
manual=$srcdir/share/doc/comparing.md
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
RESNET_REPORTS=$folder "$program_file" >"$folder/log" 2>&1
verdict 'JSON, CSV and JUnit say the same' "$(
    python3 "$srcdir/tests/compare/check_reports.py" "$folder" "$manual" 2>&1)"
verdict 'the page fetches nothing, and its elements are closed' "$(
    python3 "$srcdir/tests/report/check_page.py" --scripts "$folder/made.html" 2>&1)"
sed 's/failures="0"/failures="1"/; s/"rounding"/"wrong"/' "$folder/made.xml" >"$folder/other"
mv "$folder/other" "$folder/made.xml"
verdict 'a wrong sum is found' "$(
    python3 "$srcdir/tests/compare/check_reports.py" "$folder" "$manual" |
        grep -q failures || echo 'not found')"
sed '/`nmse`/d' "$manual" >"$folder/manual"
verdict 'a field that the manual lacks is found' "$(
    python3 "$srcdir/tests/compare/check_reports.py" "$folder" "$folder/manual" |
        grep -q 'lacks nmse' || echo 'not found')"
finish
