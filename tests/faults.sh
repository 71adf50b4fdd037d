#!/bin/sh
# faults.sh: breaks a copy of the sources in one place at a time, and expects a test to fail that
# passes without the fault. It takes long, and belongs to neither check:
#
#     TEST_LIMIT_S=7200 tests/run faults
#
# FAULTS='style leak' tries some of the faults alone.
. "$srcdir/tests/support/script.sh"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
if [ -f "$srcdir/config.status" ]; then
    skip 'faults' 'the source folder is configured, so a copy of it cannot be'
    exit 77
fi

# fault NAME CHECK TEST FILE SED: once the expression of sed has changed the file, the test fails.
# CHECK is `check`, or `check-long` for a test that only that runs.
faults()
{
    fault operator check test_ops backends/onednn/relu.c \
        's/lanes_store(c.to, i, lanes_relu(x), bf16)/lanes_store(c.to, i, x, bf16)/'
    fault kernel check ops backends/cudnn/add.cu 's/o.v\[i\] += other/o.v[i] -= other/'
    fault setting check test_config core/config/config_keys.c \
        's/\(KEY(INT, "epochs", "10", \)1,/\10,/'
    fault status check failures core/base/status.c \
        's/return rows\[i\].exit_status;/return rows[i].exit_status ? 1 : 0;/'
    fault resume check resume core/train/checkpoint.c \
        's/{ "step", &p->step, NULL },/{ "step", \&p->epoch, NULL },/'
    fault leak check programs core/train/session.c \
        's/    if (session->arena)/    if (!session->arena)/'
    fault threads check threads core/base/cores.c \
        's/getenv("OMP_NUM_THREADS")/getenv("OMP_NUMBER_THREADS")/'
    fault half-written check test_file core/io/file.c \
        's/draw_name(path);/strdup(path);/; s/O_CREAT | O_EXCL/O_CREAT | O_TRUNC/'
    fault abi check gate include/resnet/backend.h \
        's/\(RN_PRECISION_TF32 = \)2/\13/; s/\(RN_PRECISION_BF16 = \)3/\12/'
    fault style check text core/base/median.c '2s/$/ /'
    fault manual check manual share/man/resnet-run.1 's/\\-\\-resume/\\-\\-continue/'
    fault race check-long oclgrind backends/opencl/conv2d/grouped_pixels.cl \
        '/barrier(CLK_LOCAL_MEM_FENCE);/d'
    fault small-gpu check-long limits backends/opencl/runtime/device.c \
        's/group = 64;/group = 128;/; s/context->group > context->limits.group_items/0 > 1/'
}

is_wanted()
{
    case " ${FAULTS:-$1} " in *" $1 "*) ;; *) return 1 ;; esac
}

make_all() { ${MAKE:-make} -s -j"$(getconf _NPROCESSORS_ONLN)" all >"$work/made" 2>&1; }

# run_tests CHECK TEST...: in the copy. A program is linked anew; scripts use what has been built.
run_tests()
{
    options=
    [ "$1" = check ] || options=--long
    case $2 in test_* | --built) ;; *) options="$options --built" ;; esac
    shift
    # shellcheck disable=SC2086 # a list of words
    tests/run $options "$@" >"$work/log" 2>&1
}

# Tests that read the sources alone.
needs_build() { case $1 in gate | text | manual) return 1 ;; esac }

# broken TEST CHECK FILE SED: what is wrong with the test, in the copy where the file is changed.
broken()
{
    if cmp -s "$file" "$work/kept"; then
        echo "the expression of sed does not change $3: $4"
    elif needs_build "$1" && ! make_all; then
        tail -n 20 "$work/made"
    elif run_tests "$2" "$1"; then
        echo 'it passes'
    elif ! grep -q "^FAIL  $1 " "$work/log"; then
        tail -n 20 "$work/log"
    fi
}

try()
{
    is_wanted "$1" || return
    file=$work/source/$4
    cp -p "$file" "$work/kept"
    sed "$5" "$work/kept" >"$file"
    verdict "$1: $3 of $2 fails" "$(broken "$3" "$2" "$4" "$5")"
    cp -p "$work/kept" "$file"
    ! needs_build "$3" || touch "$file"
}

# The copy lacks the build folder, which may lie within the sources; it has its own.
unset MAKEFLAGS MAKELEVEL
mkdir "$work/source" "$work/build"
tar -C "$srcdir" --exclude=./.git --exclude="./${builddir#"$srcdir"/}" -cf - . |
    tar -C "$work/source" -xf -
cd "$work/build" || exit 1
verdict 'the copy is built' "$({
    "$work/source/configure" -q CC="${CC:-cc}" CFLAGS=-O1 &&
        make_all && ${MAKE:-make} -s -j"$(getconf _NPROCESSORS_ONLN)" check-programs
} >"$work/log" 2>&1 || tail -n 20 "$work/log" "$work/made")"
[ "$failures" = 0 ] || finish

for check in check check-long; do
    tests=
    fault() { [ "$2" != $check ] || ! is_wanted "$1" || tests="$tests $3"; }
    faults
    # shellcheck disable=SC2086 # a list of words
    [ -z "$tests" ] || verdict "without a fault, of $check pass:$tests" "$(
        run_tests $check --built $tests || tail -n 40 "$work/log")"
done
fault() { try "$@"; }
faults
finish
