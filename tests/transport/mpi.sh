#!/bin/sh
# mpi.sh: mpi.so in one to four processes, by Open MPI and by MPICH, whichever are here, against
# MPI's own calls (mpi_ranks.c): the one that was built; and built again by each MPI, with messages
# so short that every exchange takes several, and with sanitizers.
. "$srcdir/tests/e2e/e2e.sh"
cc=${CC:-cc}
flags="-std=gnu11 -g -Wall -Wextra -I$srcdir/include -iquote $srcdir/plugins"
sanitized='-O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer'
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 # in a container
export OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_hwloc_base_binding_policy=none
export OMPI_MCA_rmaps_base_oversubscribe=1
cat "$srcdir/tests/support/lsan.supp" "$srcdir/tests/support/mpi.supp" >known_leaks
export LSAN_OPTIONS="use_tls=0:print_suppressions=0:suppressions=$PWD/known_leaks"
export ASAN_OPTIONS=fast_unwind_on_malloc=0 # the MPI libraries have no frame pointers

# What the compiler of an MPI passes on.
flags_of() { "$1" -show | tr ' ' '\n' | grep -e '^-[IDLl]' -e '^-Wl,' | tr '\n' ' '; }

# compile_ranks MPICC FOLDER FLAGS...: makes FOLDER/mpi_ranks; compile_plugin: FOLDER/mpi.so.
compile_ranks()
{
    mkdir -p "$2" && mpicc=$1 to=$2
    shift 2
    # shellcheck disable=SC2046,SC2086 # lists of words
    $cc $flags "$@" "$srcdir/tests/transport/mpi_ranks.c" -rdynamic \
        -o "$to/mpi_ranks" $(flags_of "$mpicc") -lm -ldl 2>"$to/log"
}

compile_plugin()
{
    mkdir -p "$2" && mpicc=$1 to=$2
    shift 2
    # shellcheck disable=SC2046,SC2086
    $cc $flags "$@" -fPIC -shared -fvisibility=hidden "$srcdir"/plugins/mpi/*.c -o "$to/mpi.so" \
        $(flags_of "$mpicc") -Wno-stringop-overflow 2>"$to/log" # MPICH's MPI_STATUSES_IGNORE
}

# compares WHAT MPIRUN FOLDER FILE N...: N processes say that all is as MPI's own.
compares()
{
    what=$1 mpirun=$2 folder=$3 file=$4
    shift 4
    for n; do
        timeout 120 "$mpirun" -n "$n" "$folder/mpi_ranks" "$file" >stdout 2>stderr </dev/null
        status=$?
        verdict "$what, $n processes" "$(
            [ "$status" = 0 ] || echo "exit status $status"
            grep -qx "$n processes: as MPI" stdout || show stdout stderr)"
    done
}

# The last of three processes gives up, the others would never end.
gives_up()
{
    timeout 60 "$2" -n 3 "$3/mpi_ranks" "$4" abort >stdout 2>stderr </dev/null
    status=$?
    verdict "$1: abort ends all with its exit status" "$([ $status = 5 ] || show stdout stderr)"
}

# tries NAME MPICC MPIRUN: what is compiled by this MPI.
tries()
{
    if ! command -v "$2" >/dev/null || ! command -v "$3" >/dev/null; then
        skip "mpi.so by $1" "there is no $2 or no $3"
        return
    fi
    if ! compile_ranks "$2" "$1" -O1 || ! compile_plugin "$2" "$1" -O2 -DMPI_PIECE_BYTES=1000 ||
        ! compile_ranks "$2" "$1.sanitized" $sanitized ||
        ! compile_plugin "$2" "$1.sanitized" $sanitized; then
        verdict "mpi.so by $1 compiles" "$(cat "$1"*/log)"
        return
    fi
    verdict "mpi.so by $1 compiles without warnings" "$(cat "$1"*/log)"
    expect 0 ', 0 failed, 0 skipped' "$1: resnet-plugin check" \
        "$builddir/resnet-plugin" check "$1/mpi.so"
    compares "$1, short messages" "$3" "$1" "$PWD/$1/mpi.so" 3
    compares "$1, sanitizers" "$3" "$1.sanitized" "$PWD/$1.sanitized/mpi.so" 1 2
    gives_up "$1" "$3" "$1" "$PWD/$1/mpi.so"
}

# The one that was built, by the MPI that configure has found.
if [ -z "${MPICC:-}" ]; then
    skip 'mpi.so' 'it was not built: configure found no MPI'
elif ! compile_ranks "$MPICC" built -O1; then
    verdict 'mpi_ranks.c compiles' "$(cat built/log)"
else
    folder=$(dirname "$MPICC") name=$(basename "$MPICC")
    mpirun=$folder/mpirun${name#mpicc}
    expect 0 ', 0 failed, 0 skipped' 'mpi.so: resnet-plugin check' \
        "$builddir/resnet-plugin" check "$builddir/.libs/mpi.so"
    compares 'mpi.so' "$mpirun" built "$builddir/.libs/mpi.so" 1 2 3 4
fi
tries openmpi mpicc.openmpi mpirun.openmpi
tries mpich mpicc.mpich mpirun.mpich
finish
