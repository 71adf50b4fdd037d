#!/bin/sh
# oclgrind.sh: every kernel under Oclgrind, which interprets it and sees reads and writes outside of
# buffers, races between items, and wrong calls. The goldens of the operators are small enough.
. "$srcdir/tests/opencl/device.sh"
command -v oclgrind >/dev/null 2>&1 || leave 'there is no oclgrind (Debian: oclgrind)'

# checked SETTINGS COMMAND...: as in device.sh, and what is found goes to a file.
checked()
{
    device=$1
    shift
    as "$device" oclgrind --data-races --check-api --log "$work/findings" "$@"
}

${CC:-cc} -O1 "$srcdir/tests/opencl/faulty.c" -o "$work/faulty" -lOpenCL
checked type=cpu "$work/faulty"
verdict 'Oclgrind finds a race and a write outside of a buffer' "$(
    for finding in 'Read-write data race' 'Invalid write of size 4'; do
        grep -q "$finding" "$work/findings" || echo "no: $finding"
    done)"
rm -f "$work/findings"

for device in type=gpu,local=32768,group=64 type=cpu; do
    for program in test_ops test_ops_conv2d; do
        run_program "$device under Oclgrind" "$program" checked "$device"
        verdict "$device under Oclgrind: no findings in $program" "$(
            head -n 40 "$work/findings" 2>/dev/null)"
        rm -f "$work/findings"
    done
done
finish
