# launchers.sh: Open MPI and MPICH, each with its launcher and an mpi.so of its own, for scripts
# that source it after e2e.sh.
#
#     use_launchers WHAT      sets `launchers`; ends the script where there is none
#     start_by LAUNCHER N COMMAND...      N processes on this machine
#     plugins_of LAUNCHER     its value of RESNET_PLUGIN_PATH
#
# LAUNCHERS from the environment chooses among them.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

# first_of PROGRAM...: the first that there is.
first_of()
{
    for program in "$@"; do
        command -v "$program" && return
    done
}

is_open_mpi() { [ -n "$1" ] && "$1" --version 2>/dev/null | grep -q open-mpi; }

# The compiler and the launcher of each; empty where they are missing.
openmpi_cc=$(first_of mpicc.openmpi mpicc)
openmpi_run=$(first_of mpirun.openmpi mpirun)
is_open_mpi "$openmpi_run" || openmpi_run=
mpich_cc=$(first_of mpicc.mpich)
mpich_run=$(first_of mpiexec.hydra)

# The plugin that configure has made is of one of them; the other's is made here.
make_transport()
{
    eval "compiler=\$$1_cc starter=\$$1_run"
    if [ -z "$compiler" ] || [ -z "$starter" ]; then
        skip "$what by $1" \
            "$1 is missing (Debian's packages libopenmpi-dev openmpi-bin, mpich libmpich-dev)"
        return 1
    fi
    mkdir -p "plugins/$1"
    # shellcheck disable=SC2046 # a list of files
    "$compiler" -std=gnu11 -O3 -shared -fPIC -fvisibility=hidden -I "$srcdir/include" \
        -iquote "$srcdir/plugins" -o "plugins/$1/mpi.so" "$srcdir"/plugins/mpi/*.c >log 2>&1 || {
        cat log
        return 1
    }
}

use_launchers()
{
    what=$1 launchers=
    for one in ${LAUNCHERS:-openmpi mpich}; do
        ! make_transport "$one" || launchers="$launchers $one"
    done
    [ -n "$launchers" ] || exit 77
}

plugins_of() { echo "$work/plugins/$1:$RESNET_PLUGIN_PATH"; }

start_by_openmpi()
{
    n=$1
    shift
    "$openmpi_run" --oversubscribe --bind-to none -n "$n" "$@"
}

start_by_mpich()
{
    n=$1
    shift
    "$mpich_run" -n "$n" "$@"
}

start_by()
{
    launcher=$1
    shift
    RESNET_PLUGIN_PATH=$(plugins_of "$launcher") "start_by_$launcher" "$@"
}
