#!/bin/sh
# older.sh: plugins of this version in hosts of earlier ones: they work, or say what they miss. A
# host is older.c with the frozen headers of its version, whose tables end where they ended then.
. "$srcdir/tests/support/script.sh"
. "$srcdir/tests/abi/abi.sh"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
flags='-std=gnu11 -O1 -Wall -Wextra -Werror'

# plugin FILE NAME: NAME.so of a source, with these headers.
plugin()
{
    case $1 in /*) from=$1 ;; *) from=$srcdir/$1 ;; esac
    sed "s/NAME/$2/g" "$from" >"$work/$2.c"
    verdict "$2 is built" "$(${CC:-cc} $flags -I"$headers" -fPIC -shared -fvisibility=hidden \
        -Wl,-z,defs "$work/$2.c" -o "$work/$2.so" -lm 2>&1)"
}
plugin plugins/residual.c residual
plugin plugins/resnext.c resnext
plugin share/templates/backend/NAME.c processor
plugin share/templates/block/NAME.c gate
plugin share/templates/op/NAME.c bend
# The same without the questions: one uses a slot that is not there, one a call.
sed 's/if (!RN_HAS(plugin, extension))/if (0)/' "$srcdir/share/templates/op/NAME.c" \
    >"$work/careless"
sed '/plugin->extension =/d; s/^static const void \*extension/__attribute__((unused)) &/' \
    "$work/careless" >"$work/caller"
plugin "$work/careless" careless
plugin "$work/caller" caller

# tried VERSION NAME STATUS WORDS: what the host says of a plugin.
tried()
{
    status=0
    "$work/older-$1" "$work/$2.so" >"$work/log" 2>&1 || status=$?
    verdict "$2 in a host of ABI $1: ${4:-it is caught}" "$(
        [ "$status" = "$3" ] && grep -q -- "$4" "$work/log" ||
            { echo "status $status"; show "$work/log"; })"
}
for frozen in "$abi"/frozen/*; do
    version=$(basename "$frozen")
    verdict "a host of ABI $version is built" "$(
        ${CC:-cc} $flags -I"$frozen" "$abi/older.c" -o "$work/older-$version" -ldl 2>&1)"
    tried "$version" processor 0 done
    tried "$version" resnext 0 done
    tried "$version" residual 0 done # drop_path, since 0.8, is asked for with a rate above 0 only
    case $version in
        0.[678])
            tried "$version" gate 1 "there is no operator .* in ABI $version"
            tried "$version" bend 1 'too old; it needs one of ABI 0.9'
            tried "$version" caller 1 'operator caller is .* too old'
            tried "$version" careless 139 ''
            ;;
        *) tried "$version" gate 0 done ;;
    esac
done
finish
