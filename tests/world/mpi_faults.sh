#!/bin/sh
# mpi_faults.sh: what test_world_faults does to four processes, by mpirun and mpi.so: one message of
# ours, and mpirun ends with its status.
. "$srcdir/tests/support/script.sh"
[ -n "${MPICC:-}" ] || {
    skip 'faults by mpirun' 'mpi.so was not built: configure found no MPI'
    exit 77
}
has_program test_world_faults 'faults by mpirun' || exit 77
folder=$(dirname "$MPICC") name=$(basename "$MPICC")
mpirun=$folder/mpirun${name#mpicc}
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 # in a container
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none
export RESNET_HOST=here
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

"$program_file" --list | sed 's/on host [ab]/on host here/g' >list
while IFS='|' read -r what expected words; do
    timeout 60 "$mpirun" -n 4 "$program_file" "$what" >stdout 2>stderr </dev/null
    status=$?
    # mpirun sees by itself that a process was killed.
    verdict "mpirun: $what" "$(
        if [ "$what" = killed ]; then
            [ "$status" != 0 ] && [ "$status" != 124 ] || show stderr
        elif [ "$status" != "$expected" ] || ! grep -qF "$words" stderr ||
            [ "$(grep -c 'process [0-9] on host' stderr)" != 1 ]; then
            echo "exit status $status"
            show stderr
        fi)"
done <list
finish
