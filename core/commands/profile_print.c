/* profile_print.c: the table of a device's kernels, as text and as JSON. */
#include "commands/profile_print.h"

#include <stdio.h>

#include "base/json.h"
#include "base/text.h"

void rn_profile_print(const rn_profile_times *times, double step_ms)
{
    rn_print(stdout, "\n%-52s %10s %10s %9s\n", "kernel on the device", "launches", "ms",
             "of a step");
    for (int32_t i = 0; i < times->n_kernels; i++) {
        const rn_profile_kernel *kernel = &times->kernels[i];
        rn_print(stdout, "%-52s %10lld %10.3f %8.1f%%\n", kernel->name,
                 (long long)kernel->n_launches, kernel->ms, 100 * kernel->ms / step_ms);
    }
}

json_t *rn_profile_json(const rn_profile_times *times, double step_ms)
{
    json_t *list = json_array();
    for (int32_t i = 0; i < times->n_kernels; i++) {
        const rn_profile_kernel *kernel = &times->kernels[i];
        json_array_append_new(list, json_pack("{s:o, s:I, s:f, s:f}", "kernel",
                                              rn_json_text(kernel->name), "launches",
                                              (json_int_t)kernel->n_launches, "ms", kernel->ms,
                                              "share", kernel->ms / step_ms));
    }
    return list;
}
