#!/bin/sh
# words.sh: what must not be written: unfinished work, paths of one machine, exits of a library.
. "$srcdir/tests/support/script.sh"
cd "$srcdir" || exit 1

code=$(sources 'core include plugins backends tests share' '*.[ch]')
text="$code $(sources 'tests share' '*.sh' | grep -v /words.sh) $(sources share '*.cfg')
    $(sources share '*.md') $(sources 'core plugins backends share tests' '*.am')
    configure.ac Makefile.am README.md quickstart"

verdict 'nothing is left for later' "$(grep -nEw 'TODO|FIXME|XXX|HACK|WIP' $text)"
verdict 'no path of one machine' "$(grep -nE '(^|[^A-Za-z.}_])/(home|root|work|Users)/' $text)"
verdict 'no switched-off code' "$(grep -nE '^ *# *if +0' $code)"

library=$(sources 'core plugins backends' '*.[ch]' | grep -v '^core/cli/')
# child.c (both), probe.c: what they end is their child. guard.c: a plugin has ended the process.
verdict 'only the commands end the process' "$(
    grep -nE '(^|[^A-Za-z0-9_>.])(_?exit|abort|assert|quick_exit)\(' $library |
        grep -Ev '^(core/(base|probe)/child|core/plugin/guard|backends/opencl/runtime/probe)\.c')"
verdict 'plugins and backends never print' "$(
    grep -nE '(^|[^A-Za-z0-9_>.])(printf|puts|putchar|perror)\(|std(out|err)' \
        $(sources 'plugins backends' '*.[ch]'))"
# nccl.c, libarchive.c and nvml.c: load libraries that only several GPUs, only shards, and only the
# energy of GPUs need. entry.c and libraries.c load no plugin: one finds the entry of a
# loaded one again, the other asks libraries for their versions.
loaders='core/probe/libraries|core/plugin/load|backends/cudnn/runtime/nccl'
loaders="$loaders|core/data/sets/libarchive|core/compare/nvml|core/validate/entry"
verdict 'plugins are loaded in one place' "$(
    grep -n '<dlfcn.h>' $library | grep -Ev "^($loaders)\.c")"
finish
