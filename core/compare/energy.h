/* energy.h: the energy that a session's devices use, where the system counts it: that of NVIDIA's
 * GPUs by NVML, that of processors by RAPL, with whatever else they do. */
#ifndef RN_CORE_COMPARE_ENERGY_H
#define RN_CORE_COMPARE_ENERGY_H

#include "compare/nvml.h"
#include "compare/rapl.h"
#include "train/session.h"

/* Zero-initialise, then set the fields marked "given". */
typedef struct rn_energy {
    const char *root;    /* given: before /sys; "" but in tests */
    const char *library; /* given: RN_NVML_LIBRARY but in tests */
    const char *source;  /* "processor packages (RAPL)", "GPUs (NVML)"; NULL: nothing counts */
    rn_nvml nvml;        /* its library is NULL: RAPL counts */
    rn_rapl rapl;
    double start_joules;
} rn_energy;

/* Finds a counter for `n` devices like this one, and starts. Without one it says why at --verbose.
 * The caller closes it. */
void rn_energy_start(rn_energy *energy, const rn_device_info *device, int32_t n);

/* Joules since the start; NaN: unknown. */
double rn_energy_joules(const rn_energy *energy);

void rn_energy_close(rn_energy *energy);

#endif
