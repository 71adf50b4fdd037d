#!/bin/sh
# launched.sh: which transport a start loads, what it says where a launcher and a transport do not
# fit, and that anybody's transport is as good as mpi.so.
. "$srcdir/tests/e2e/e2e.sh"
unset RESNET_TRANSPORT OMPI_COMM_WORLD_SIZE PMI_SIZE SLURM_STEP_NUM_TASKS
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 # in a container
mkdir -m 755 planted
if ! ${CC:-cc} -std=gnu11 -fPIC -shared -fvisibility=hidden -I"$srcdir/include" -DMISTAKE=none \
    "$srcdir/tests/validate/planted/transport.c" -o planted/planted.so 2>stderr; then
    not_ok 'a transport compiles'
    cat stderr
    finish
fi
chmod 755 planted/planted.so
export RESNET_PLUGIN_PATH="$work/planted:$builddir/.libs"

# loads NAME WHAT VARIABLE=VALUE...: the summary of a network loads this transport; "": none
loads()
{
    name=$1 what=$2
    shift 2
    env "$@" "$run" -v summary "$net" >stdout 2>stderr
    status=$?
    found=$(sed -n 's/^.*loading plugin .*\/\(mpi\|planted\)\.so$/\1/p' stderr)
    verdict "$what" "$([ "$status" = 0 ] && [ "$found" = "$name" ] || {
        echo "status $status, loaded \"$found\", expected \"$name\""
        cat stderr
    })"
}

loads '' 'an ordinary start loads no transport' A=
loads '' 'nor one process by mpirun' OMPI_COMM_WORLD_SIZE=1
loads '' 'nor one task of srun' SLURM_STEP_NUM_TASKS=1 SLURM_NTASKS=8
loads '' 'nor a batch script for several tasks' SLURM_NTASKS=8 SLURM_PROCID=0
loads '' 'nor one process by mpirun among several tasks' \
    OMPI_COMM_WORLD_SIZE=1 SLURM_STEP_NUM_TASKS=8
loads '' 'nor a launched one that is to be alone' PMI_SIZE=8 RESNET_TRANSPORT=none
loads planted 'RESNET_TRANSPORT names one' RESNET_TRANSPORT=planted

expect 0 '' '--transport goes before it' \
    env RESNET_TRANSPORT=absent "$run" --transport=planted summary "$net"
expect 3 'there is no plugin "absent"' 'a transport that is absent' \
    "$run" --transport=absent summary "$net"
expect 3 'reference.so: it has no transport' 'a plugin that is none' \
    "$run" --transport=reference summary "$net"
expect 2 'the launcher has started 8 processes (PMI_SIZE), but transport planted connects 1' \
    'a transport that does not know its launcher' \
    env PMI_SIZE=8 "$run" --transport=planted summary "$net"
expect 3 'configure builds it where MPI is installed (Debian: libopenmpi-dev)' \
    'mpi.so was not built' env RESNET_PLUGIN_PATH="$work/planted" PMI_SIZE=8 "$run" summary "$net"

# The launcher of the other MPI.
case $(${MPICC:-false} -show 2>/dev/null) in
    *-lmpich*) other=mpirun.openmpi ;;
    *-lmpi*) other=mpirun.mpich ;;
    *) other= ;;
esac
if [ -z "$other" ] || ! command -v $other >/dev/null; then
    skip "the launcher of another MPI" "there is no mpi.so, or no ${other:-MPI}"
else
    timeout 60 $other -n 2 "$run" summary "$net" >stdout 2>stderr </dev/null
    status=$?
    verdict 'the launcher of another MPI' "$(
        [ "$status" != 0 ] &&
            grep -q 'the launcher has started 2 processes (.*_SIZE), but' stderr ||
            show stdout stderr)"
fi
finish
