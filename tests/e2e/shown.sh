#!/bin/sh
# shown.sh: names of files, plugins and devices, and texts in a cfg, cannot control the terminal.
. "$srcdir/tests/e2e/e2e.sh"
# ESC and CSI in C0 and C1, and a byte that is not UTF-8.
evil=$(printf 'a\033[31mb\302\233c\377')
shown='a\x1b[31mb\xc2\x9bc\xff'
cp "$net" "$evil.cfg"
mkdir -m 755 "$evil"
echo 'not a library' >"$evil/$evil.so"
chmod 644 "$evil/$evil.so"

# clean WHAT COMMAND...: its output contains the text in escaped form.
clean()
{
    what=$1
    shift
    "$@" >output 2>&1
    verdict "$what" "$(
        grep -qF -e "$shown" output || { echo "no $shown:"; tail -n 5 output; }
        tr -d '\n' <output | LC_ALL=C grep -a '[[:cntrl:]]' | cat -v
        iconv -f UTF-8 -t UTF-8 output 2>&1 >/dev/null)"
}

clean 'the path of a cfg' "$run" summary "$evil.cfg"
clean 'a cfg that is not there' "$run" summary "x$evil.cfg"
clean 'an unknown key' "$run" summary "$net" --set "train={epochs=\"$evil\";}"
clean 'an unknown option' "$run" summary "$net" "--$evil"
clean 'a setting' "$run" summary "$net" --set "$evil"
clean 'a backend' "$run" summary "$net" --backend "$evil"
clean 'a device' "$run" summary "$net" --backend "reference:$evil"
clean 'a path of data' "$run" train "$net" --set data.path="$evil"
clean 'an include' sh -c 'printf "@include \"%s\"\n" "$1" | "$0" summary -' "$run" "$evil"
clean 'an error of syntax' sh -c 'printf "run = \"%s\" 1;" "$1" | "$0" summary -' "$run" "$evil"
clean 'weights' "$run" compare "$net" --backends=reference,reference --weights="$evil.x"
clean 'plugins' "$builddir/resnet-plugin" --plugin-path="$evil" list
clean 'the log' "$run" summary "$net" --verbose --plugin-path="$work/$evil" --backend="$evil"
"$builddir/resnet-plugin" --plugin-path="$work/$evil" --json list >list.json
if command -v python3 >/dev/null; then
    verdict 'plugins as JSON' "$(python3 -c '
import json, sys
names = [plugin["name"] for plugin in json.load(open("list.json", encoding="utf-8"))["plugins"]]
sys.argv[1] in names or print(names)' "$shown" 2>&1)"
else
    skip 'plugins as JSON' 'there is no python3'
fi

need_data 'a folder of results'
clean 'a folder of results' "$run" train "$net" --output="$evil" --set=train.max_steps=1
finish
