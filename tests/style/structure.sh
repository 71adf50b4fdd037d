#!/bin/sh
# structure.sh: who may include whom, every source is built, and each plugin exports one symbol.
. "$srcdir/tests/script.sh"
cd "$srcdir" || exit 1
makefile=$srcdir/Makefile.am

includes() { grep -n '^ *# *include' "$@" /dev/null; }

verdict 'the ABI includes only itself and three standard headers' "$(
    includes include/resnet/*.h |
        grep -Ev '<(resnet/[a-z_]+|stdint|stddef|stdbool)\.h>')"

verdict 'plugins include nothing of this tree but the ABI' "$(
    includes $(sources plugins '*.[ch]') | grep -E '"|<\.\.')"

verdict 'backends include only their own folder and common/' "$(
    sources backends '*.[ch]' | while read -r file; do
        folder=$(echo "$file" | cut -d/ -f2)
        includes "$file" | sed -n 's/^\([^"]*\)"\([^"]*\)".*/\2 \1/p' | while read -r name place; do
            [ -f "backends/$name" ] || [ -f "$(dirname "$file")/$name" ] || echo "$place $name"
            case $name in
                "$folder"/* | common/* | [!/]*) ;;
                *) echo "$place $name" ;;
            esac
        done
    done)"

# The list of the core's sources in Makefile.am is the order of reading.
order=$(sed -n '/^libresnet_core_la_SOURCES/,/[^\\]$/p' "$makefile" |
    tr -s '\\\t ' '\n' | grep '^core/')
verdict 'a file of the core includes only headers that stand above it in Makefile.am' "$(
    echo "$order" | awk '
        { place[$1] = NR; file[NR] = $1 }
        function own(name) { sub(/\.[ch]$/, "", name); return name }
        function folder(name) { sub(/[^\/]*$/, "", name); return name }
        END {
            for (i = 1; i <= NR; i++) {
                n = 0
                while ((getline line < file[i]) > 0) {
                    n++
                    if (line !~ /^ *# *include *"/) continue
                    split(line, part, "\"")
                    name = folder(file[i]) part[2]
                    if (!(name in place)) name = "core/" part[2]
                    if (!(name in place)) print file[i] ":" n ": " name " is not in Makefile.am"
                    else if (place[name] > i && own(name) != own(file[i]))
                        print file[i] ":" n ": " name " stands below"
                }
            }
        }')"

verdict 'every source and every model is named in Makefile.am' "$(
    for file in $(sources 'core include plugins backends' '*.[ch]') $(sources tests 'test_*.c') \
        $(sources share '*.cfg') $(sources tests/style '*.sh'); do
        name=$file
        case $file in tests/test_*.c) name=${file%.c} ;; esac
        grep -q "[[:blank:]]$name\([[:blank:]]\|\$\)" "$makefile" || echo "$file"
    done)"

# Files that are written, and messages, which are shown already, are no text for people.
verdict 'the core prints text of others by rn_print' "$(
    for file in $(sources core '*.c'); do
        case $file in
            core/text.c | core/config_record.c | core/io/report.c | core/io/curve*.c) continue ;;
            core/cli/options.c) continue ;;
        esac
        awk '
            /(^|[^a-z_])f?printf\(/ { call = ""; line = FNR }
            line { call = call $0 }
            line && /;$/ {
                if (call ~ /%[-*.0-9]*s/ && call !~ /rn_fail_text|resnet-run: %s|progress->stream/)
                    print FILENAME ":" line
                line = 0
            }' "$file"
    done)"

verdict 'every script among the tests can be run' "$(
    for file in $(grep -o 'tests/[a-z0-9_]*/[a-z0-9_]*\.sh' "$makefile"); do
        case $file in tests/abi/abi.sh | tests/e2e/e2e.sh) continue ;; esac # these are read
        [ -x "$file" ] || echo "$file"
    done)"

for plugin in "$builddir"/.libs/*.so; do
    [ -f "$plugin" ] || continue
    verdict "$(basename "$plugin") exports the entry and nothing else" "$(
        ${NM:-nm} -D --defined-only "$plugin" | awk '$NF != "rn_plugin_v0_1" && $(NF - 1) != "A"')"
done
finish
