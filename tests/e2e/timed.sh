#!/bin/sh
# timed.sh: a backend that says on which device and how it was opened, and how long it computed.
. "$srcdir/tests/e2e/e2e.sh"

# plugin FOLDER FLAG...: tests/zoo/timed.c in a folder of its own.
plugin()
{
    folder=$1
    shift
    mkdir -m 755 "$folder"
    verdict "timed.c is compiled: $folder" "$(${CC:-cc} -std=gnu11 -fPIC -shared \
        -fvisibility=hidden -I"$srcdir/include" -DREFERENCE="\"$builddir/.libs/reference.so\"" \
        "$@" "$srcdir/tests/zoo/timed.c" -o "$folder/timed.so" 2>&1 &&
        chmod 755 "$folder/timed.so")"
}

# bench FOLDER ARGUMENT...
bench()
{
    from=$1
    shift
    "$run" bench "$net" --plugin-path="$work/$from" --steps=2 --warmup=1 --batch=2 "$@"
}

plugin now
plugin old -DOLD

for device in 'Portable Computing Language/pthread-AMD EPYC' 'a:b, c#d//e' '[AMD/ATI] (x)' \
    '"two" \x41 {' '1' ''; do
    expect 0 "on timed${device:+:$device} (<$device> tuning 0), training" \
        "the device \"$device\" is opened and named" bench now --backend="timed:$device"
done
expect 0 '(<one two/3> tuning 0)' "the cfg's device" \
    bench now --set='backend={name="timed"; device="one two/3";}'
expect 0 'timed:[x] y' 'devices of compare' "$run" compare "$net" --plugin-path="$work/now" \
    --backends='timed:Platform/Device 1,timed:[x] y'
long=$(printf '%0300d' 0)
expect 0 "timed:$long" 'a device with a long name is compared' "$run" compare "$net" \
    --plugin-path="$work/now" --backends="timed:$long,timed:$long"

for choice in quick:0 off:1 full:2; do
    expect 0 "(<> tuning ${choice#*:})" "--tune=${choice%:*}" \
        bench now --backend=timed --tune="${choice%:*}"
done
expect 0 '(<> tuning 1)' 'backend.tune of the cfg' bench now --backend=timed --set=backend.tune=off
expect 2 'tune: found "fast", expected' 'an unknown way to tune' bench now --tune=fast
expect 0 'on timed:one (plain loops in double' 'without context_info device_info is asked' \
    bench old --backend=timed:one
finish
