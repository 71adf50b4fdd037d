/* doctor_variables.c: the variables of the environment that have an effect. */
#include <stdlib.h>

#include "probe/doctor_parts.h"

static const struct {
    const char *name, *effect;
} variables[] = {
    { "RESNET_PLUGIN_PATH", "folders of plugins" },
    { "RESNET_MODELS_PATH", "folder of models" },
    { "RESNET_LOG", "how much is told" },
    { "RESNET_DATA", "folder of data sets" },
    { "RESNET_TRANSPORT", "what connects processes" },
    { "OMPI_COMM_WORLD_SIZE", "processes that mpirun has started" },
    { "PMI_SIZE", "processes that mpiexec or srun has started" },
    { "SLURM_STEP_NUM_TASKS", "processes that srun has started" },
    { "XDG_CACHE_HOME", "folder of caches" },
    { "LD_LIBRARY_PATH", "where the loader searches first" },
    { "LD_PRELOAD", "what the loader loads first" },
    { "OMP_NUM_THREADS", "threads" },
    { "OMP_PROC_BIND", "binds threads to processors" },
    { "OMP_PLACES", "binds threads to processors" },
    { "GOMP_CPU_AFFINITY", "binds threads to processors" },
    { "OCL_ICD_VENDORS", "where OpenCL drivers are searched for" },
    { "POCL_DEVICES", "devices of PoCL" },
    { "CUDA_VISIBLE_DEVICES", "NVIDIA GPUs that are seen" },
    { "CUDA_CACHE_DISABLE", "the cache of NVIDIA's driver" },
    { "NVIDIA_TF32_OVERRIDE", "precision of NVIDIA's libraries" },
};

rn_status rn_doctor_variables(const rn_doctor_task *task, json_t *findings)
{
    (void)task;
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        const char *value = getenv(variables[i].name);
        if (value)
            rn_finding(findings, variables[i].name, RN_FINDING_OK, NULL, "%s (%s)", value,
                       variables[i].effect);
    }
    return RN_OK;
}
