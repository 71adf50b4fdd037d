#!/bin/sh
# collect.sh: makes the folder that `make bundle` packs: what `make install` installs, tests, and
# the libraries of this machine that they need.
#
#     collect.sh FOLDER PREFIX CC PLUGINS TESTS
#
# FOLDER is replaced. PLUGINS: plugins that are linked without the run paths of this machine. TESTS:
# test programs, as tests/ops/test_ops. Runs in the build folder; $srcdir is that of the sources.
set -eu
folder=$1 prefix=$2 compiler=$3 plugins=$4 tests=$5
root=$folder/root
die() { echo "make bundle: $1" >&2; exit 1; }
umask 022

# ---- What make install installs -----------------------------------------------------------------
rm -rf "$folder"
mkdir -p "$folder"
${MAKE:-make} -s install DESTDIR="$(cd "$folder" && pwd)/installed" >/dev/null
mv "$folder/installed$prefix" "$root"
outside=$(find "$folder/installed" -type f | head -n 1)
[ -z "$outside" ] || die "everything has to be installed below $prefix; $outside is not"
rm -r "$folder/installed"
find "$root" -name '*.la' -exec rm {} +
home=$(dirname "$(find "$root" -name residual.so)")
for plugin in $plugins; do cp "$plugin" "$home"; done
# Where a compiler finds the headers, from the file itself.
sed -i 's|^prefix=.*|prefix=${pcfiledir}/../..|' "$root"/lib/pkgconfig/resnet-plugin.pc

# ---- Tests, which look for their data below $srcdir ---------------------------------------------
checks=$root/libexec/resnet-run
mkdir -p "$checks/tests/config" "$checks/tests/weights" "$checks/share"
cp -R "$srcdir/tests/golden" "$checks/tests"
cp -R "$srcdir/tests/config/nets" "$checks/tests/config"
cp -R "$srcdir/tests/weights/onnx" "$checks/tests/weights"
mkdir -p "$checks/tests/support" "$checks/tests/data" "$checks/tests/fuzz/corpus"
cp "$srcdir/tests/data/decode.safetensors" "$checks/tests/data"
cp -R "$srcdir/tests/fuzz/corpus/decode" "$checks/tests/fuzz/corpus"
cp "$srcdir/tests/run.sh" "$checks/tests"
cp "$srcdir/tests/support/count.sh" "$checks/tests/support"
cp "$srcdir/share/bundle/run" "$checks/tests"
cp -R "$srcdir/tests/gpu" "$checks/tests"
[ ! -f tests/gpu/kernel_names.so ] || cp tests/gpu/kernel_names.so "$checks/tests/gpu"
mkdir "$checks/tests/bench"
cp "$srcdir/tests/bench/peer_networks.py" "$checks/tests/bench"
ln -s ../libexec/resnet-run/tests/gpu/check "$root/bin/gpu-check"
ln -s ../../../share/resnet-run/models "$checks/share/models"
ln -s ../../../lib "$checks/tests/lib" # for the run path of programs in tests/ops, tests/models …
for test in $tests; do
    mkdir -p "$checks/$(dirname "$test")"
    cp "$test" "$checks/$(dirname "$test")"
done

# ---- Libraries ----------------------------------------------------------------------------------
bundled=$root/lib/resnet-run/bundled
mkdir -p "$bundled"

# Those of the machine that the bundle runs on: the C and C++ libraries, which its drivers need in
# their own versions; NVIDIA's; and MPI, which has to fit its launcher and network.
is_hosts()
{
    case $1 in
        ld-linux* | libc.so* | libm.so* | libmvec.so* | libdl.so* | libpthread.so* | librt.so* | \
            libresolv.so* | libutil.so* | libstdc++.so* | libgcc_s.so* | \
            libcuda.so* | libcudart.so* | libcublas.so* | libcudnn.so* | libnvrtc.so* | libmpi*)
            return 0 ;;
    esac
    return 1
}

# copy NAME FILE: with what it needs.
copy()
{
    [ ! -e "$bundled/$1" ] || return 0
    case $2 in
        /*) cp -L "$2" "$bundled/$1" ;;
        *) die "$1 is not found" ;;
    esac
    chmod 644 "$bundled/$1"
    copy_needed "$2"
}

# The recursion is in a subshell, which has its own list.
copy_needed()
{
    readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p' | while read -r name; do
        found=$(ldd "$1" | awk -v name="$name" '$1 == name { print $3 }')
        is_hosts "$name" || copy "$name" "$found"
    done
}

programs=$(find "$root/bin" "$home" "$checks/tests" -maxdepth 2 -type f \
    \( -name '*.so' -o -name 'test_*' -o -name 'resnet-*' \) -print)
for program in $programs; do copy_needed "$program"; done
# The programs open it when they need it.
archive=$($compiler -print-file-name=libarchive.so.13)
copy libarchive.so.13 "$archive"

# libxml2 is there because libarchive is linked with it; nothing reads XML. ICU, which it is linked
# with in its turn, does without its 30 MB of data, as its own "stubdata" library lets it.
for data in "$bundled"/libicudata.so.*; do
    [ -e "$data" ] || continue
    name=$(basename "$data")
    readelf --dyn-syms -W "$data" | awk '$5 == "GLOBAL" && $8 ~ /_dat(@|$)/ { sub(/@.*/, "", $8)
        print "const char " $8 "[64] __attribute__((aligned(16)));" }' >"$folder/stub.c"
    $compiler -shared -o "$data" "-Wl,-soname,$name" "$folder/stub.c"
    rm "$folder/stub.c"
done
find "$root" -type f \( -name '*.so' -o -name '*.so.*' -o -name 'test_*' -o -name 'resnet-*' \) |
    while read -r file; do
        case $(head -c 4 "$file" | tr -d '\177') in ELF) strip --strip-unneeded "$file" ;; esac
    done
find "$bundled" -type f -exec chmod 644 {} +
cp "$srcdir/share/doc/bundle.md" "$root/README.md"
