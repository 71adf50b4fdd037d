#!/bin/sh
# devices.sh: drivers that are broken or missing, and which device a name selects; with a fake
# driver (fake_driver.c).
. "$srcdir/tests/e2e/e2e.sh"
if [ ! -f "$builddir/.libs/opencl.so" ]; then
    skip 'devices of opencl' 'opencl.so was not built (see configure)'
    exit 77
fi
export OCL_ICD_VENDORS="$work/vendors" OPENCL_VENDOR_PATH="$work/vendors" XDG_CACHE_HOME="$work"
mkdir vendors
verdict 'the fake driver is built' "$(${CC:-cc} -std=gnu11 -Wall -Wextra -O1 -fPIC -shared \
    -fvisibility=hidden "$srcdir/tests/backends/opencl/fake_driver.c" -o fake_driver.so 2>&1)"
info() { FAKE_DRIVER=$1 "$builddir/resnet-plugin" info opencl; }
open() { FAKE_DRIVER=$1 "$run" summary "$net" --algorithms --backend="opencl:$2"; }

expect 0 'devices: none' 'no driver: the listing' info none
expect 3 'vendors has no .icd file; install' 'no driver' open none ''
echo "$work/fake_driver.so" >vendors/fake.icd
expect 0 'devices: none' 'a driver without a platform: the listing' info none
expect 3 "vendors has fake.icd ($work/fake_driver.so); install" 'a driver without a platform' \
    open none ''

for broken in 'abort SIGABRT' 'crash SIGSEGV' 'exit ended the process' 'hang did not answer'; do
    words=${broken#* }
    expect 0 "$words" "a driver that breaks: the listing: $words" info "${broken%% *}"
done
expect 3 'crashed with SIGABRT when it was asked' 'a driver that breaks' open abort ''
verdict 'nothing else is left of it' "$(ls core* 2>/dev/null)"
expect 0 'opencl:0: ??' 'a driver that gives nonsense: the listing' info nonsense
expect 3 'it does not have OpenCL 1.2' 'a driver that gives nonsense' open nonsense 0
FAKE_DRIVER=nonsense "$builddir/resnet-plugin" info opencl --json >json 2>stderr
is_json 'a driver that gives nonsense: the listing in JSON' json

# The loader decides the order of platforms.
expect 0 'Alpha Compute/Host processor, OpenCL 1.2 fake, driver 7, 1.0 GiB' 'the listing' \
    info devices
number=$(sed -n 's/^ *opencl:\([0-9]*\): .*Turbo 9 Plus,.*/\1/p' stdout)

# means TEXT WORDS: opening the fake device fails, and the message says which one it was.
means() { expect 3 "$2" "\"$1\" means $2" open devices "$1"; }
means '' '/Turbo '
means / '/Turbo '
means "$number" 'could not open Alpha Compute/Turbo 9 Plus'
means host 'Host processor has groups of 8 work-items at most, and 16 are needed'
means 'TURBO 9 plus' 'could not open Alpha Compute/Turbo 9 Plus'
means '9 p' 'could not open Alpha Compute/Turbo 9 Plus'
means mini 'could not open Beta/Turbo Mini'
means 'alpha compute/Turbo 9 PLUS' 'could not open Alpha Compute/Turbo 9 Plus'
means 'alph/plus' 'could not open Alpha Compute/Turbo 9 Plus'
means /mini 'could not open Beta/Turbo Mini'
means Alpha/ 'could not open Alpha Compute/Turbo 9'
means beta/ 'could not open Beta/Turbo Mini'
means 'turbo 9' 'more than one device is meant by "turbo 9"; the devices are 0: '
means turbo 'more than one device is meant by "turbo"'
means a/ 'more than one device is meant by "a/"'
means nothing 'there is no device "nothing"; the devices are 0: '
means beta/host 'there is no device "beta/host"'
means 99 'there is no device "99"'
means 99999999999999999999 'there is no device "99999999999999999999"'
means -1 'there is no device "-1"'
means old 'Beta/Old cannot be used: it does not have OpenCL 1.2'
means absent 'Beta/Absent cannot be used: its driver says that it is not available'
means bare 'Beta/Bare cannot be used: its driver has no compiler'
means reversed 'Beta/Reversed cannot be used: it is not little-endian'

# The child that queries the drivers answers through a pipe.
bare() { open devices '' <&- >&-; }
expect 3 'OpenCL could not open ' 'a process without standard input and output' bare
listed() { info devices <&- 2>&-; }
expect 0 'Alpha Compute/Host processor' 'a listing without standard input and error' listed
# PoCL's cache, if PoCL is among the drivers and no device is found.
mkdir pocl && cp vendors/fake.icd pocl/pocl.icd
: >file
# cache WORDS WHAT VARIABLE...: a driver crashes, and the message contains the words.
cache()
{
    words=$1 what=$2
    shift 2
    expect 3 "$words" "PoCL's cache: $what" env "$@" \
        OCL_ICD_VENDORS="$work/pocl" OPENCL_VENDOR_PATH="$work/pocl" FAKE_DRIVER=abort \
        "$run" summary "$net" --algorithms --backend=opencl
}
cache "\"$work/file/x\", which POCL_CACHE_DIR names: Not a directory; set" 'below a file' \
    POCL_CACHE_DIR="$work/file/x"
cache 'which POCL_CACHE_DIR names: it is empty' 'an empty name' POCL_CACHE_DIR=
cache "\"$work/file/pocl/kcache\", which XDG_CACHE_HOME names" 'in the cache of all' \
    -u POCL_CACHE_DIR XDG_CACHE_HOME="$work/file"
cache "\"$work/file/.cache/pocl/kcache\", which HOME names" 'at home' \
    -u POCL_CACHE_DIR -u XDG_CACHE_HOME HOME="$work/file"
cache 'crashed with SIGABRT' 'a good one is not to blame' POCL_CACHE_DIR="$work/good/cache"
finish
