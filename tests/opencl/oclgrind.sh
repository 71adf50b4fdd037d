#!/bin/sh
# oclgrind.sh: every kernel under Oclgrind, which interprets it and sees reads and writes outside of
# buffers, races between items, and wrong calls. The goldens of the operators are small enough.
. "$srcdir/tests/opencl/device.sh"
command -v oclgrind >/dev/null 2>&1 || leave 'there is no oclgrind (Debian: oclgrind)'

for device in type=gpu,local=32768,group=64 type=cpu; do
    for program in test_ops; do
        run_program "$device under Oclgrind" "$program" as "$device" \
            oclgrind --data-races --check-api --log "$work/findings"
        verdict "$device under Oclgrind: no findings in $program" "$(
            head -n 40 "$work/findings" 2>/dev/null)"
        rm -f "$work/findings"
    done
done
finish
