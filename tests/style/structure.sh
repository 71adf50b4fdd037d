#!/bin/sh
# structure.sh: who may include whom, every source is built, and each plugin exports one symbol. A
# rule prints what breaks it in the folder at hand. It is tried on a copy, too, in which a file
# breaks it.
. "$srcdir/tests/support/script.sh"
cd "$srcdir" || exit 1

files() { find "$1" -name "$2" -type f | sort; }
quoted() { grep -nH '^ *# *include *"' "$@"; }
makefiles() { find Makefile.am core plugins backends share tests -name '*.am' -type f; }

# include/: the ABI includes itself and three standard headers.
abi()
{
    grep -nH '^ *# *include' include/resnet/*.h |
        grep -Ev '<(resnet/[a-z_]+|stdint|stddef|stdbool)\.h>'
}

# plugins/: nothing of this tree but the ABI, and the headers of their own folder.
blocks()
{
    grep -nH '^ *# *include' $(files plugins '*.[ch]') | grep -E '"|<\.\.' | awk -F '[/"]' '
        !(/^plugins\/[a-z_]+\// && $0 ~ "include \"" $2 "/")'
}

# backends/: sets `shared` to the folders that a backend may include from, besides its own.
backends_may()
{
    case $1 in
        cpu | gpu) shared=base ;;
        reference) shared='base cpu' ;;
        cpu_blas | onednn) shared='base cpu reference' ;;
        opencl | cudnn) shared='base gpu' ;;
        *) shared= ;;
    esac
}

backends()
{
    quoted $(files backends '*.[ch]') | while IFS='"' read -r place name _; do
        own=${place#*/}
        own=${own%%/*}
        backends_may "$own"
        for folder in "$own" $shared; do
            case $name in "$folder"/*) continue 2 ;; esac
        done
        echo "$place $name"
    done
}

# backends/: what a header declares begins with its folder's name; in base/ with the header's.
prefixed()
{
    for file in $(files backends '*.h'); do
        case $file in
            backends/base/*) prefix=$(basename "$file" .h) ;;
            backends/cpu/winograd/*) prefix=winograd ;;
            *) prefix=$(echo "$file" | cut -d/ -f2) ;;
        esac
        sed -n -E '/^(static|typedef) /d
            s/^[a-z][a-z0-9_ *]*[ *]([a-z0-9_]+)[(;,[].*/\1/p' "$file" |
            grep -v "^${prefix}_" | sed "s|^|$file: |"
    done
}

# core/: a file includes only headers that stand above it in core.am, and its own.
core()
{
    grep -o 'core/[a-z0-9_/.-]*\.[ch]' core/core.am | awk '
        !($1 in place) { place[$1] = ++n; file[n] = $1 }
        function own(name) { sub(/\.[ch]$/, "", name); return name }
        END {
            for (i = 1; i <= n; i++) {
                line_number = 0
                while ((getline line < file[i]) > 0) {
                    line_number++
                    if (line !~ /^ *# *include *"/) continue
                    split(line, part, "\"")
                    name = "core/" part[2]
                    at = file[i] ":" line_number ": " name
                    if (!(name in place)) print at " is not in core.am"
                    else if (place[name] > i && own(name) != own(file[i])) print at " stands below"
                }
            }
        }'
}

# core/: what backends compile, too, includes nothing else of the core.
common()
{
    quoted $(grep -oh 'core/[a-z0-9_/]*\.[ch]' backends/backends.am) |
        grep -v -e '"base/cores\.h"' -e '"base/cgroup\.h"'
}

# Every source and everything in share/ is built or distributed: it is a word of a makefile.
built()
{
    {
        cat $(makefiles) | tr -s '[:blank:]' '\n'
        echo 'end of the makefiles'
        for folder in core include plugins backends; do files $folder '*.[ch]'; done
        files backends '*.c[lu]'
        files tests 'test_*.c' | sed 's/\.c$//'
        files share '*' | sed 's|\.in$||'
        files tests/style '*.sh'
    } | awk '
        $0 == "end of the makefiles" { names = 1; next }
        !names { listed[$0]; next }
        !($0 in listed)'
}

# Every part of the makefile is included in another one.
included()
{
    for file in $(makefiles); do
        [ "$file" = Makefile.am ] || grep -qx "include $file" $(makefiles) || echo "$file"
    done
}

# Every command that has a file is in the list of commands.
offered()
{
    for file in $(files core/cli 'verb_*.c'); do
        name=$(basename "$file" .c)
        grep -q " VERB(${name#verb_})" core/cli/verb.h || echo "$file"
    done
}

# Every plugin that is installed is in the summary of configure, by its name or as a block.
summarised()
{
    srcdir=. eval "$(sed -n '/^plugins=\$(/,/))$/p' configure.ac)"
    summary=$(echo "$plugins" $(grep -o '[a-z_]*\.so' configure.ac))
    grep -H '^pkglib_LTLIBRARIES += ' $(makefiles) | while read -r file _ plugin; do
        echo "$summary" | grep -qw "${plugin%.la}\.so" || echo "$file $plugin"
    done
}

# The tests of operators name each one, but for a view, which no backend sees, and all_reduce, which
# tests/device tests.
tested()
{
    sed -n 's/^RN_OP([A-Z0-9_]*, \([a-z0-9_]*\),.*/\1/p' include/resnet/operators.h |
        grep -vx -e flatten -e all_reduce | while read -r name; do
            grep -rqF --include='*.c' "\"$name\"" "$srcdir/tests/ops" "$srcdir/tests/support" ||
                echo "include/resnet/operators.h: $name"
        done
}

# Text of others goes through rn_print. Files that are written, and messages, which are escaped
# already, are not shown.
printed()
{
    for file in $(files core '*.c'); do
        case $file in
            core/base/text.c | core/config/config_record.c | core/report/report.c) continue ;;
            core/report/curve*.c | core/report/*_plot.c | core/cli/*help.c) continue ;;
            core/weights/form_write.c) continue ;;
        esac
        awk '
            /(^|[^a-z_])f?printf\(/ { call = ""; line = FNR }
            line { call = call $0 }
            line && /;$/ {
                if (call ~ /%[-*.0-9]*s/ &&
                    call !~ /rn_fail_text|resnet-run: %s|progress->stream/)
                    print FILENAME ":" line
                line = 0
            }' "$file"
    done
}

# Scripts that are run can be; those that others read are not in the way of it.
executable()
{
    for file in $(cat $(makefiles) | grep -o 'tests/[a-z0-9_/]*\.sh'); do
        case $file in
            */abi.sh | */e2e.sh | */standins.sh | tests/support/*.sh) continue ;;
            */stage.sh | */stages.sh | */speed.sh | */results.sh) continue ;;
        esac
        [ -x "$file" ] || echo "$file"
    done
}

# No two tests have one name: logs and verdicts go by it.
named()
{
    grep -oE '^[[:blank:]]+tests/[a-z0-9_/]+/([a-z0-9_]+\.sh|test_[a-z0-9_]+)( |$)' tests/tests.am |
        tr -d '[:blank:]\\' | sort -u | awk '
            {
                name = $0
                sub(/.*\//, "", name)
                sub(/\.sh$/, "", name)
                if (name in place) print "tests/tests.am: " place[name] " and " $0
                place[name] = $0
            }'
}

copy=$(mktemp -d) || exit 1
trap 'rm -rf "$copy"' EXIT
cp -R Makefile.am configure.ac core include plugins backends share "$copy"
mkdir "$copy/tests" && cp -R tests/*.am tests/*.sh tests/style tests/support tests/e2e "$copy/tests"

# rule WHAT FUNCTION FILE LINE: the tree keeps a rule, and a copy with LINE added to FILE does not.
rule()
{
    verdict "$1" "$($2)"
    cp "$copy/$3" "$copy/kept" 2>/dev/null || : >"$copy/kept"
    mkdir -p "$(dirname "$copy/$3")"
    printf '%s\n' "$4" >>"$copy/$3"
    verdict "$1: found where it is broken" "$(
        cd "$copy" || exit
        "$2" 2>&1 | grep -q "$3" || echo "$3 with: $4")"
    cp "$copy/kept" "$copy/$3"
}

rule 'the ABI includes only itself and three standard headers' abi \
    include/resnet/op.h '#include <stdio.h>'
rule 'plugins include nothing of this tree but the ABI' blocks \
    plugins/residual.c '#include "base/status.h"'
rule 'backends include only their own folder and what they share' backends \
    backends/opencl/add.c '#include "cpu/cpu.h"'
rule 'shared folders do not include a backend' backends \
    backends/base/room.c '#include "opencl/opencl.h"'
rule 'externs of backends begin with the name of their folder' prefixed \
    backends/onednn/lanes.h 'void lanes_add(float *sums);'
rule 'a file of the core includes only headers that stand above it in core.am' core \
    core/base/log.c '#include "config/tree.h"'
rule 'what the core and backends both compile includes nothing else of the core' common \
    core/base/cores.c '#include "base/status.h"'
rule 'every source is built' built core/base/stray.c '/* stray.c: not built */'
rm -f "$copy/core/base/stray.c"
rule 'every page is distributed' built share/doc/stray.md '# A page that is not listed'
rm -f "$copy/share/doc/stray.md"
rule 'every part of the makefile is included' included core/stray.am '# stray.am: not included'
rm -f "$copy/core/stray.am"
rule 'every command is in the list of commands' offered \
    core/cli/verb_stray.c '/* verb_stray.c: not listed */'
rm -f "$copy/core/cli/verb_stray.c"
rule 'every plugin is in the summary of configure' summarised \
    plugins/plugins.am 'pkglib_LTLIBRARIES += stray.la'
rule 'every operator is tested' tested include/resnet/operators.h 'RN_OP(STRAY, stray, 0)'
rule 'the core prints text of others by rn_print' printed \
    core/train/train.c 'printf("%s", name);'
rule 'no two tests have one name' named tests/tests.am ' tests/stray/test_ops \'
verdict 'every script among the tests can be run' "$(executable)"
chmod -x "$copy/tests/style/text.sh"
verdict 'a script that cannot be run is found' "$(
    cd "$copy" && executable | grep -q tests/style/text.sh || echo 'text.sh')"

# uses FOLDER: each pair of files of one library of which the first uses what the second defines.
uses()
{
    find "$1/backends" -path '*/.libs/*_la-*.o' | while read -r object; do
        source=${object#"$1/"}
        source=$(echo "$source" | sed 's|/\.libs/.*_la-|/|; s|\.o$|.c|')
        if [ -f "$srcdir/$source" ] || [ -f "$1/$source" ]; then
            library=$(basename "$object")
            ${NM:-nm} "$object" | sed "s|^|${library%%_la-*} $source |"
        fi
    done | awk '
        NF == 4 { used[NR] = $1 " " $4; user[NR] = $2 }
        NF == 5 && $4 ~ /[A-Zi]/ { definer[$1 " " $5] = $2 }
        END {
            for (i in used)
                if (used[i] in definer && definer[used[i]] != user[i])
                    print user[i], definer[used[i]]
        }' | sort -u
}
circles() { tsort 2>&1 >"$copy/order" | sed -n 's/^tsort: \([^-].*\)/\1/p'; }

if [ -d "$builddir/backends/base/.libs" ]; then
    uses "$builddir" >"$copy/uses"
    verdict 'files of a backend do not use each other in circles' "$(circles <"$copy/uses")"
    verdict 'a circle is found' "$(
        awk 'NR == 1 { print $2, $1 } { print }' "$copy/uses" | circles | grep -q backends/ ||
            echo 'the first pair, turned')"
fi

for plugin in "$builddir"/.libs/*.so; do
    [ -f "$plugin" ] || continue
    verdict "$(basename "$plugin") exports the entry and nothing else" "$(
        ${NM:-nm} -D --defined-only "$plugin" | awk '$NF != "rn_plugin_v0_2" && $(NF - 1) != "A"')"
done
finish
