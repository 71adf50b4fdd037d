#!/bin/sh
# bundle.sh: what `make bundle` packs, moved to a folder that nothing was told of, and without the
# environment of the build: its programs find their plugins, models and libraries, and nothing of
# this machine but the C and C++ libraries. Then in a root that has nothing else. check-long packs
# the archive, checks every plugin there, runs more of the bundle's tests, and runs it in the base
# systems of other distributions, as far as debootstrap gets them.
. "$srcdir/tests/e2e/e2e.sh"
if [ -n "${SANITIZE:-}" ]; then
    skip 'the bundle' "a sanitizer's libraries are not in it"
    exit 77
fi
if [ "$(uname -m)" != x86_64 ]; then
    skip 'the bundle' 'it is for x86-64'
    exit 77
fi
most_bytes=25000000
umask 022
mkdir "$work/home" "$work/a folder"

# built TARGET: makes it in the folder of the build.
built()
{
    unset MAKEFLAGS MFLAGS
    "${MAKE:-make}" -s -C "$builddir" "$1" >log 2>&1 || { not_ok "make $1"; show log; finish; }
    ok "make $1"
}

# ---- The folder, or what its archive holds ------------------------------------------------------
if is_long; then
    built bundle
    archive=$(ls "$builddir"/resnet-run-*-x86_64.tar.xz)
    bytes=$(wc -c <"$archive")
    verdict "the archive has at most $most_bytes bytes" "$(
        [ "$bytes" -le $most_bytes ] || echo "$bytes")"
    tar -xf "$archive" -C "$work/a folder"
else
    built bundle-folder
    mv "$builddir"/bundle/resnet-run-*-x86_64/root "$work/a folder/resnet-run"
fi
bundle="$work/a folder/resnet-run"
tests=$bundle/libexec/resnet-run/tests

# The files that are programs and libraries.
binaries() { find "$bundle" -type f \( -perm -100 -o -name '*.so*' \) -exec sh -c 'for f; do
    head -c 4 "$f" | grep -q ELF && echo "$f"; done' sh {} +; }
binaries >"$work/binaries"

# What programs and plugins would load that is neither in the bundle nor of the C and C++ libraries.
# NVIDIA's libraries and MPI are the machine's.
machines='lib(c|m|mvec|dl|pthread|rt|resolv|stdc\+\+|gcc_s|util)\.so\.[0-9]+'
foreign()
{
    while read -r file; do
        case $file in */cudnn.so | */mpi.so) continue ;; esac
        env -i LD_LIBRARY_PATH="$bundle/lib/resnet-run/bundled" ldd "$file" |
            grep -v -e "=> $bundle/" -e linux-vdso -e '/ld-linux' -e 'statically linked' |
            grep -Ev "^.$machines => /(usr/)?lib" | sed "s|^|${file##*/}: |"
    done <"$work/binaries"
}
verdict 'nothing of this machine is needed but the C and C++ libraries' "$(foreign)"
verdict 'no run path names a folder of this machine' "$(
    while read -r file; do
        readelf -d "$file" | sed -n "s|.*R[UN]*PATH).*\[\(.*\)\]\$|${file##*/}: \1|p"
    done <"$work/binaries" | grep -v ': \$ORIGIN/\.\./lib/resnet-run/bundled$')"
newest=$(while read -r file; do objdump -T "$file" 2>/dev/null; done <"$work/binaries" |
    grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -n 1)
case $(ldd --version | head -n 1) in
    *' 2.36') verdict 'glibc 2.36 is enough' "$(
        [ "$(printf '%s\nGLIBC_2.36\n' "$newest" | sort -V | tail -n 1)" = GLIBC_2.36 ] ||
            echo "$newest")" ;;
    *) skip 'glibc 2.36 is enough' "this machine has another; the bundle needs $newest" ;;
esac

# ---- What it does -------------------------------------------------------------------------------
cat >"$work/home/small.cfg" <<'CFG'
network = {
    input = { channels = 3; height = 32; width = 32; };
    classes = 10;
    layers = (
        { block = "conv2d"; name = "conv1"; channels = 16; kernel = 3; padding = 1; bias = false; },
        { block = "batch_norm"; name = "bn1"; },
        { block = "relu"; },
        { stage = "layer1"; block = "residual/basic"; repeat = 1; channels = 16; },
        { block = "global_avg_pool"; },
        { block = "flatten"; },
        { block = "linear"; name = "fc"; }
    );
};
CFG

# works WHERE ROOT COMMAND...: the bundle in ROOT does what it has to; COMMAND... runs a program
# there, with nothing in its environment. Drivers of OpenCL are the machine's, and are left out.
# Every plugin and more programs are tried where nothing else is: $is_whole.
is_whole=
works()
{
    where=$1 at=$2
    shift 2
    for backend in cpu_blas onednn reference; do
        [ ! -e "$bundle/lib/resnet-run/$backend.so" ] || expect 0 "on $backend" \
            "$where: a step of training on $backend" "$@" "$at/bin/resnet-run" --backend=$backend \
            bench "$home/small.cfg" --batch=2 --steps=1 --warmup=0
    done
    expect 0 'resnet-run 0' "$where: the version" "$@" "$at/bin/resnet-run" --version
    expect 0 'parameters 97.5 MiB' "$where: a model" "$@" "$at/bin/resnet-run" summary \
        "$at/share/resnet-run/models/resnet50.cfg"
    plugins=residual
    [ -z "$is_whole" ] ||
        plugins=$(cd "$bundle/lib/resnet-run" && ls ./*.so | sed 's|./\(.*\).so|\1|')
    for plugin in $plugins; do
        # The libraries of these have to be the machine's.
        case $plugin in cudnn | mpi) continue ;; esac
        expect 0 '' "$where: resnet-plugin check $plugin" "$@" "$at/bin/resnet-plugin" check \
            "$at/lib/resnet-run/$plugin.so"
    done
    programs=ops/test_ops_row
    [ -z "$is_whole" ] || programs="$programs plugins/test_blocks models/test_nets data/test_decode"
    for program in $programs; do
        "$@" RESNET_PLUGIN_PATH="$at/lib/resnet-run" OCL_ICD_VENDORS=/none \
            RESNET_MODELS_PATH="$at/share/resnet-run/models" srcdir="$at/libexec/resnet-run" \
            "$at/libexec/resnet-run/tests/$program" >log 2>&1
        program_verdict "$where: $program" log $?
    done
}

home=$work/home
works 'a folder with a space' "$bundle" env -i PATH=/usr/bin:/bin HOME="$home"
env -i PATH=/usr/bin:/bin HOME="$home" TMPDIR="$work/home" OCL_ICD_VENDORS=/none \
    "$tests/run" ops/test_ops_row >log 2>&1
verdict 'its own script runs its tests' "$(grep -q '^PASS  test_ops_row' log || show log)"

# ---- Where there is nothing else ----------------------------------------------------------------
own_user=
[ "$(id -u)" = 0 ] || own_user=--map-root-user
if ! unshare --mount $own_user true 2>/dev/null; then
    skip 'a bare root' 'unshare may not make a mount namespace'
    finish
fi

# in_root ROOT [NAME=VALUE...] PROGRAM...: runs it there, with its own view of /proc and /dev.
in_root()
{
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/home unshare --mount $own_user sh -c '
        root=$1 && shift || exit
        mount --rbind /proc "$root/proc" && mount --rbind /dev "$root/dev" || exit
        while case $1 in *=*) ;; *) false ;; esac do export "$1" && shift; done
        exec chroot "$root" "$@"' sh "$@"
}

# works_in WHERE ROOT: puts the bundle into a root, and the cfg.
works_in()
{
    mkdir -p "$2/proc" "$2/dev" "$2/tmp" "$2/home" "$2/opt"
    cp -al "$bundle" "$2/opt" && cp "$home/small.cfg" "$2/home" || exit 1
    (home=/home && works "$1" /opt/resnet-run in_root "$2" && exit $failures)
    failures=$((failures + $?))
}

# The C and C++ libraries of this machine, as its packages have them, and not even a shell.
if dpkg -L libc6 libgcc-s1 libstdc++6 >"$work/packaged" 2>/dev/null; then
    mkdir -p bare/usr/lib bare/usr/lib64
    [ ! -L /lib ] || ln -s usr/lib usr/lib64 bare
    grep '/lib.*\.so' "$work/packaged" | grep -v /share/ | while read -r file; do
        mkdir -p "bare$(dirname "$file")" && cp -P "$file" "bare$file"
    done
    ! is_long || is_whole=yes
    works_in 'a bare root' "$work/bare"
    is_whole=
else
    skip 'a bare root' 'there is no dpkg, whose libc6, libgcc-s1 and libstdc++6 it is made of'
fi
is_long || finish

for suite in bookworm trixie; do
    if ! command -v debootstrap >/dev/null || [ -n "$own_user" ]; then
        skip "the base system $suite" 'debootstrap is missing, or this is not root'
    elif timeout 600 debootstrap --variant=minbase "$suite" "$work/$suite" >log 2>&1; then
        works_in "the base system $suite" "$work/$suite"
    else
        skip "the base system $suite" "debootstrap says: $(tail -n 1 log)"
    fi
done
finish
