/* launcher.c: whether a launcher has started this process with others. */
#define _GNU_SOURCE /* secure_getenv */
#include "plugin/launcher.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"

/* What launchers of MPI tell each process: how many they have started, and its number. The
 * innermost comes first: mpirun works within a job of Slurm, too. SLURM_STEP_NUM_TASKS is set by
 * srun alone, and not in a batch script, which runs once. PMI_SIZE: MPICH's and Intel's mpiexec,
 * and srun --mpi=pmi2. */
static const struct {
    const char *n_processes, *process;
} variables[] = {
    { "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK" },
    { "PMI_SIZE", "PMI_RANK" },
    { "SLURM_STEP_NUM_TASKS", "SLURM_PROCID" },
};

bool rn_launcher_find(rn_launcher *out)
{
    const char *named = secure_getenv(RN_TRANSPORT_VARIABLE);
    *out = (rn_launcher){ .transport = named, .variable = RN_TRANSPORT_VARIABLE };
    if (named && named[0])
        return strcmp(named, RN_TRANSPORT_NONE) != 0;
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        const char *text = getenv(variables[i].n_processes);
        if (!text)
            continue;
        const char *process = getenv(variables[i].process);
        *out = (rn_launcher){ .transport = "mpi",
                              .variable = variables[i].n_processes,
                              .n_processes = strtoll(text, NULL, 10),
                              .process = process ? strtoll(process, NULL, 10) : 0 };
        return out->n_processes > 1;
    }
    return false;
}

rn_status rn_launcher_check(const rn_launcher *launcher, int32_t n_processes)
{
    if (!launcher->n_processes || launcher->n_processes == n_processes)
        return RN_OK;
    return rn_fail(
        RN_E_CONFIG,
        "the launcher has started %lld processes (%s), but transport %s connects %d; use "
        "the mpirun of the MPI library that `resnet-plugin info %s` names, or srun "
        "--mpi=pmix or --mpi=pmi2; --transport=none runs each process alone",
        (long long)launcher->n_processes, launcher->variable, launcher->transport, n_processes,
        launcher->transport);
}
