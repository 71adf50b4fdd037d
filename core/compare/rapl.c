/* rapl.c: counters of microjoules in /sys/class/powercap/intel-rapl:N
 * (https://docs.kernel.org/power/powercap/powercap.html); AMD's have that name, too. */
#include "compare/rapl.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATH_SIZE 4096

static const char *path_of(const char *root, int32_t zone, const char *file, char path[PATH_SIZE])
{
    snprintf(path, PATH_SIZE, "%s/sys/class/powercap/intel-rapl:%d/%s", root, zone, file);
    return path;
}

static bool read_line(const char *root, int32_t zone, const char *name, char line[64])
{
    char path[PATH_SIZE];
    FILE *file = fopen(path_of(root, zone, name, path), "r");
    bool has_line = file && fgets(line, 64, file);
    if (file)
        fclose(file);
    return has_line;
}

static bool read_number(const char *root, int32_t zone, const char *name, uint64_t *number)
{
    char line[64];
    return read_line(root, zone, name, line) && sscanf(line, "%" SCNu64, number) == 1;
}

/* A whole package; not "psys", which contains packages. */
static bool is_package(const char *root, int32_t zone)
{
    char name[64] = "";
    return read_line(root, zone, "name", name) && strncmp(name, "package", 7) == 0;
}

bool rn_rapl_start(const char *root, rn_rapl *rapl, const char **why)
{
    char path[PATH_SIZE];
    bool has_some = false;
    *rapl = (rn_rapl){ 0 };
    for (int32_t zone = 0; zone < RN_MAX_PACKAGES; zone++) {
        int32_t i = rapl->n_packages;
        if (access(path_of(root, zone, "name", path), F_OK) || !is_package(root, zone))
            continue;
        has_some = true;
        rapl->zones[i] = zone;
        rapl->n_packages += read_number(root, zone, "energy_uj", &rapl->begin_uj[i]) &&
                            read_number(root, zone, "max_energy_range_uj", &rapl->largest_uj[i]);
    }
    *why = has_some ? "only root may read /sys/class/powercap/intel-rapl:*/energy_uj"
                    : "/sys/class/powercap has no counter of a processor package";
    return rapl->n_packages > 0;
}

double rn_rapl_joules(const char *root, const rn_rapl *rapl)
{
    double joules = 0;
    for (int32_t i = 0; i < rapl->n_packages; i++) {
        uint64_t end_uj = 0, begin_uj = rapl->begin_uj[i];
        if (!read_number(root, rapl->zones[i], "energy_uj", &end_uj))
            return NAN;
        uint64_t used_uj =
            end_uj >= begin_uj ? end_uj - begin_uj : end_uj + (rapl->largest_uj[i] - begin_uj);
        joules += (double)used_uj * 1e-6;
    }
    return joules;
}
