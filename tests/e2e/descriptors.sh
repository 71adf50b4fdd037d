#!/bin/sh
# descriptors.sh: if standard input, output or error is closed, the next file opened would get its
# number, and output would go into that file.
. "$srcdir/tests/e2e/e2e.sh"
mkdir -m 755 plugins
cat >keeps.c <<'SOURCE'
#include <fcntl.h>
#include <unistd.h>
__attribute__((constructor)) static void keep(void)
{
    (void)!open("kept", O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (write(2, "", 0) < 0) /* some libraries end the process then */
        (void)!open("mute", O_WRONLY | O_CREAT, 0644);
}
SOURCE
verdict 'a plugin that keeps a file open is built' "$(${CC:-cc} -std=gnu11 -O1 -fPIC -shared \
    -fvisibility=hidden ${SANITIZE:-} -I"$srcdir/include" "$srcdir/plugins/residual.c" keeps.c \
    -o plugins/residual.so 2>&1)"
chmod 755 plugins/residual.so
RESNET_PLUGIN_PATH=$work/plugins:${RESNET_PLUGIN_PATH:-}
export RESNET_PLUGIN_PATH

# closed WHICH STATUS COMMAND...: runs the command with these descriptors closed. A command that did
# its work but could not print the result ends with 4.
closed()
{
    which=$1 expected=$2
    shift 2
    input= output='>stdout' error='2>stderr'
    case $which in *0*) input='<&-' ;; esac
    case $which in *1*) output='>&-' expected=$((expected ? expected : 4)) ;; esac
    case $which in *2*) error='2>&-' ;; esac
    rm -f kept mute stdout stderr
    eval '"$@"' "$input" "$output" "$error"
    found=$?
    verdict "$(basename "$1") $2, closed: $which" "$(
        [ "$found" = "$expected" ] || echo "exit status $found, not $expected"
        [ -e kept ] || echo 'the plugin was not loaded'
        [ ! -e mute ] || echo 'a library cannot write to standard error'
        [ ! -s kept ] || sed 's/^/in the file: /' kept)"
}
for which in none 0 1 2 01 02 12 012; do
    closed $which 0 "$builddir/resnet-plugin" info residual
    closed $which 0 "$run" summary "$srcdir/share/models/cifar_resnet20.cfg" --verbose
    closed $which 2 "$run" summary "$srcdir/share/models/cifar_resnet20.cfg" \
        --set 'network.layers=({block="residual/basic";channels=-1;})'
done
finish
