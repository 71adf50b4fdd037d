/* nvml.h: the energy that GPUs of NVIDIA have used, by NVML, which the driver brings. */
#ifndef RN_CORE_COMPARE_NVML_H
#define RN_CORE_COMPARE_NVML_H

#include <stdbool.h>
#include <stdint.h>

#define RN_NVML_LIBRARY "libnvidia-ml.so.1"
#define RN_NVML_MAX_GPUS 64

/* GPUs of one name, on which this process computes. */
typedef struct rn_nvml {
    void *library;
    int32_t n_gpus;
    void *gpus[RN_NVML_MAX_GPUS];
} rn_nvml;

/* Loads the library and finds the GPUs called `name`: the only one, or those on which this process
 * runs kernels; `n_wanted` of them. False if that fails; then `why` says so, and nothing is left
 * open. */
bool rn_nvml_open(const char *library, const char *name, int32_t n_wanted, rn_nvml *nvml,
                  const char **why);

/* Joules since the driver was loaded, of all of these GPUs; NaN where one does not count them. */
double rn_nvml_joules(const rn_nvml *nvml);

void rn_nvml_close(rn_nvml *nvml);

#endif
