#!/bin/sh
# headers.sh: what every public header keeps to: it compiles alone, in C11, C23 and C++17;
# structures begin with their size; and the anchor of the ABI gate reaches all of it.
. "$srcdir/tests/support/script.sh"
. "$srcdir/tests/abi/abi.sh"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
names=$(sources include '*.h' | sed 's|^include/||')
wrappers=$(sources include '*.hpp' | sed 's|^include/||')
warnings='-Wall -Wextra -Wshadow -Wconversion -Wpedantic -pedantic-errors -Werror'
# Reached by value or in arrays, so that a size would not help.
fixed='^rn_(operand|setting|custom_arg)$'

# compiles COMPILER SUFFIX FLAG...: prints what it says of each header alone.
compiles()
{
    compiler=$1 suffix=$2
    shift 2
    # Wrappers are C++, and need its library.
    case $suffix:$* in cc:*-ffreestanding | c:*) tried=$names ;; *) tried="$names $wrappers" ;; esac
    for name in $tried; do
        # A table (operators.h) declares nothing, and C asks for one declaration.
        printf '#include <%s>\ntypedef int alone;\n' "$name" >"$work/alone.$suffix"
        $compiler "$@" $warnings -I"$headers" -fsyntax-only "$work/alone.$suffix" 2>&1 ||
            echo "$name"
    done
}

# try COMPILER SUFFIX STANDARD: as it is, and for 32 bits, which needs no C library.
try()
{
    what="every header alone as $3"
    if ! command -v "$1" >/dev/null 2>&1; then
        skip "$what by $1" "there is no $1"
        return
    fi
    verdict "$what by $1" "$(compiles "$1" "$2" "-std=$3")"
    echo '#include <stdint.h>' >"$work/small.$2"
    if "$1" -m32 -ffreestanding -fsyntax-only "$work/small.$2" 2>/dev/null; then
        verdict "$what by $1 -m32" "$(compiles "$1" "$2" "-std=$3" -m32 -ffreestanding)"
    else
        skip "$what by $1 -m32" "this $1 does not compile for 32 bits"
    fi
}

try gcc c c11
try gcc c c2x
try clang c c11
try clang c c2x
try g++ cc c++17
try clang++ cc c++17

cat >"$work/entry.cc" <<'CODE'
#include <resnet/plugin.h>
rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *)
{
    return host->fail(RN_E_PLUGIN, "%s", rn_set_text("a", "b").text_value);
}
CODE
if command -v g++ >/dev/null 2>&1; then
    verdict 'the entry has its plain name in C++' "$(
        g++ -std=c++17 -I"$headers" -c "$work/entry.cc" -o "$work/entry.o" 2>&1
        ${NM:-nm} "$work/entry.o" | grep -q ' rn_plugin_v0_2$' || echo 'no rn_plugin_v0_2')"
else
    skip 'the entry has its plain name in C++' 'there is no g++'
fi

cd "$headers" || exit 1
verdict 'every structure begins with its size' "$(awk -v fixed="$fixed" '
    inside { if ($0 !~ /^    uint32_t size;/) print FILENAME ": " inside }
    { inside = "" }
    /^(typedef )?struct rn_[a-z0-9_]+ \{$/ {
        inside = $1 == "typedef" ? $3 : $2
        if (inside ~ fixed) inside = ""
    }' $names)"
verdict 'every enumeration has a name, by which the anchor reaches it' "$(
    grep -nE '^(typedef )?enum *\{' $names)"
verdict 'no type whose size differs between compilers' "$(
    types='unsigned|long|short|size_t|bool|_Bool|int|char|enum [a-z_]+'
    grep -nE "^    (const )?($types) +[a-z]" $names |
        grep -v 'const char \*' | grep -vE 'char [a-z]+\[|for \(|return')"
verdict 'every slot and function says on which threads' "$(awk '
    /\[setup\]|\[step\]|\[any\]|\[link\]/ { tagged = 1 }
    /^ *\/\*/ { tagged = /\[(setup|step|any|link)\]/ || FILENAME ~ /(graph|host)\.h$/ }
    /^    [a-z].*\(\*[a-z_]+\)\(/ && !tagged { print FILENAME ":" FNR ": " $0 }' $names)"

if ! command -v abidw >/dev/null 2>&1; then
    skip 'the anchor reaches every type' 'there is no abidw (Debian: abigail-tools)'
    finish
fi
anchor "$headers" "$work/anchor.so" && describe "$work/anchor.so" >"$work/anchor.abi"
verdict 'the anchor reaches every structure, enumeration and number' "$(
    {
        sed -nE 's/^(typedef )?struct (rn_[a-z0-9_]+) \{$/class-decl name=.\2. size-in-bits/p' \
            $names
        sed -nE 's/^enum (rn_[a-z_]+) \{.*/enum-decl name=.\1./p' $names
        sed -nE 's/^#define (RN_MAX_[A-Z_]+) [0-9]+.*/name=.ANCHOR_\1./p' $names
    } | while read -r wanted; do
        grep -q "<.*$wanted" "$work/anchor.abi" || echo "$wanted"
    done)"
verdict 'no two values of an enumeration are equal' "$(awk -F "'" '
    /<enum-decl / { type = $2 }
    /<enumerator / && seen[type, $4]++ { print type ": " $2 }' "$work/anchor.abi")"
verdict 'the baseline names nothing of a machine' "$(
    grep -nE "(path|comp-dir-path)='[^']*/|filepath=" "$abi"/*.abi)"
finish
