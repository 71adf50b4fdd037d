/* energy.c: chooses what counts a device's energy. A device that has threads is a processor. */
#include "compare/energy.h"

#include <math.h>

#include "base/log.h"

static bool find_counter(rn_energy *energy, const rn_device_info *device, int32_t n,
                         const char **why)
{
    if (device->threads == 0) {
        if (!rn_nvml_open(energy->library, device->name, n, &energy->nvml, why))
            return false;
        energy->source = "GPUs (NVML)";
        energy->start_joules = rn_nvml_joules(&energy->nvml);
        return true;
    }
    if (!rn_rapl_start(energy->root, &energy->rapl, why))
        return false;
    energy->source = "processor packages (RAPL)";
    return true;
}

void rn_energy_start(rn_energy *energy, const rn_device_info *device, int32_t n)
{
    const char *why = "";
    if (!find_counter(energy, device, n, &why))
        rn_log(RN_LOG_INFO, "energy is not measured: %s", why);
}

double rn_energy_joules(const rn_energy *energy)
{
    if (!energy->source)
        return NAN;
    return energy->nvml.library ? rn_nvml_joules(&energy->nvml) - energy->start_joules
                                : rn_rapl_joules(energy->root, &energy->rapl);
}

void rn_energy_close(rn_energy *energy)
{
    if (energy->nvml.library)
        rn_nvml_close(&energy->nvml);
}
