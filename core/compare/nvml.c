/* nvml.c: the few functions of NVML that are needed, as
 * https://docs.nvidia.com/deploy/nvml-api describes them. */
#include "compare/nvml.h"

#include <dlfcn.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

/* nvmlProcessInfo_t, of nvmlDeviceGetComputeRunningProcesses_v3. */
typedef struct process_info {
    unsigned pid;
    unsigned long long used_bytes;
    unsigned gpu_instance, compute_instance;
} process_info;

#define MAX_PROCESSES 256
#define NVML_SUCCESS 0

/* X(member, name, arguments): all return nvmlReturn_t. */
#define FUNCTIONS(X)                                                                               \
    X(init, "nvmlInit_v2", (void))                                                                 \
    X(shutdown, "nvmlShutdown", (void))                                                            \
    X(count, "nvmlDeviceGetCount_v2", (unsigned *))                                                \
    X(handle, "nvmlDeviceGetHandleByIndex_v2", (unsigned, void **))                                \
    X(name, "nvmlDeviceGetName", (void *, char *, unsigned))                                       \
    X(processes, "nvmlDeviceGetComputeRunningProcesses_v3", (void *, unsigned *, process_info *))  \
    X(energy, "nvmlDeviceGetTotalEnergyConsumption", (void *, unsigned long long *))

typedef struct functions {
#define MEMBER(member, name, arguments) int(*member) arguments;
    FUNCTIONS(MEMBER)
#undef MEMBER
} functions;

/* True if the library has all of them. */
static bool find_functions(void *library, functions *f)
{
    const struct {
        const char *name;
        void *to;
    } rows[] = {
#define ROW(member, name, arguments) { name, &f->member },
        FUNCTIONS(ROW)
#undef ROW
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        void *symbol = dlsym(library, rows[i].name);
        if (!symbol)
            return false;
        memcpy(rows[i].to, &symbol, sizeof symbol);
    }
    return true;
}

static bool computes_here(const functions *f, void *gpu)
{
    process_info list[MAX_PROCESSES];
    unsigned n = MAX_PROCESSES;
    bool is_here = false;
    if (f->processes(gpu, &n, list) != NVML_SUCCESS)
        return false;
    for (unsigned i = 0; i < n && i < MAX_PROCESSES && !is_here; i++)
        is_here = list[i].pid == (unsigned)getpid();
    return is_here;
}

/* Lists the GPUs of this name; with `in_use` those alone on which this process computes. */
static void list_gpus(const functions *f, const char *name, bool in_use, rn_nvml *nvml)
{
    unsigned count = 0;
    nvml->n_gpus = 0;
    if (f->count(&count) != NVML_SUCCESS)
        return;
    for (unsigned i = 0; i < count && i < RN_NVML_MAX_GPUS; i++) {
        char found[128] = "";
        void *gpu = NULL;
        if (f->handle(i, &gpu) == NVML_SUCCESS &&
            f->name(gpu, found, sizeof found) == NVML_SUCCESS && strcmp(found, name) == 0 &&
            (!in_use || computes_here(f, gpu)))
            nvml->gpus[nvml->n_gpus++] = gpu;
    }
}

static bool find_gpus(const functions *f, const char *name, int32_t n_wanted, rn_nvml *nvml,
                      const char **why)
{
    list_gpus(f, name, false, nvml);
    if (nvml->n_gpus > n_wanted)
        list_gpus(f, name, true, nvml);
    *why = "NVML does not tell which GPU is the one in use";
    return nvml->n_gpus == n_wanted;
}

bool rn_nvml_open(const char *library, const char *name, int32_t n_wanted, rn_nvml *nvml,
                  const char **why)
{
    functions f;
    *nvml = (rn_nvml){ .library = dlopen(library, RTLD_NOW | RTLD_LOCAL) };
    *why = "there is no NVML (" RN_NVML_LIBRARY ") that starts";
    if (!nvml->library)
        return false;
    if (!find_functions(nvml->library, &f) || f.init() != NVML_SUCCESS) {
        dlclose(nvml->library);
        *nvml = (rn_nvml){ 0 };
        return false;
    }
    if (find_gpus(&f, name, n_wanted, nvml, why))
        return true;
    rn_nvml_close(nvml);
    return false;
}

double rn_nvml_joules(const rn_nvml *nvml)
{
    functions f;
    double joules = 0;
    if (!find_functions(nvml->library, &f))
        return NAN;
    for (int32_t i = 0; i < nvml->n_gpus; i++) {
        unsigned long long millijoules = 0;
        if (f.energy(nvml->gpus[i], &millijoules) != NVML_SUCCESS)
            return NAN;
        joules += (double)millijoules * 1e-3;
    }
    return joules;
}

void rn_nvml_close(rn_nvml *nvml)
{
    functions f;
    if (find_functions(nvml->library, &f))
        f.shutdown();
    dlclose(nvml->library);
    *nvml = (rn_nvml){ 0 };
}
