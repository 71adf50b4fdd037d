/* test_energy.c: counters of energy in a made-up /sys, and in a made-up NVML, which is this program
 * itself; the machine in a made-up /proc. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compare/energy.h"
#include "compare/machine.h"
#include "support/check.h"

static char root[CHECK_PATH_MAX];

static void write_text(const char *name, const char *text)
{
    char path[2 * CHECK_PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", root, name);
    for (char *slash = path + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = 0;
        mkdir(path, 0700);
        *slash = '/';
    }
    FILE *file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs(text, file);
    fclose(file);
}

static void write_zone(int zone, const char *file, const char *text)
{
    char name[128];
    snprintf(name, sizeof name, "sys/class/powercap/intel-rapl:%d/%s", zone, file);
    write_text(name, text);
}

static void make_zone(int zone, const char *name, const char *microjoules)
{
    write_zone(zone, "name", name);
    write_zone(zone, "energy_uj", microjoules);
    write_zone(zone, "max_energy_range_uj", "1000000000\n");
}

/* A processor has threads, a GPU has none. */
static const rn_device_info processor = { .threads = 8, .name = "AMD EPYC" };
static const rn_device_info gpu = { .name = "NVIDIA Made Up" };

static rn_energy start(const rn_device_info *device, int32_t n)
{
    rn_energy energy = { .root = root };
    rn_energy_start(&energy, device, n);
    return energy;
}

static void test_rapl(void)
{
    rn_energy energy = start(&processor, 1);
    CU_ASSERT_PTR_NULL(energy.source);
    CU_ASSERT_TRUE(isnan(rn_energy_joules(&energy)));
    make_zone(0, "package-0\n", "5000000\n");
    make_zone(1, "psys\n", "7000000\n");
    make_zone(2, "package-1\n", "999000000\n");
    energy = start(&processor, 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(energy.source);
    CU_ASSERT_STRING_EQUAL(energy.source, "processor packages (RAPL)");
    CU_ASSERT_EQUAL(rn_energy_joules(&energy), 0);
    /* The second package begins anew, and what contains packages does not count. */
    write_zone(0, "energy_uj", "9000000\n");
    write_zone(1, "energy_uj", "90000000\n");
    write_zone(2, "energy_uj", "500000\n");
    CU_ASSERT_DOUBLE_EQUAL(rn_energy_joules(&energy), 4 + 1.5, 1e-9);
    write_zone(2, "energy_uj", "\n");
    CU_ASSERT_TRUE(isnan(rn_energy_joules(&energy)));
    rn_energy_close(&energy);
}

/* ---- A made-up NVML ---- */

#define EXPORT __attribute__((visibility("default")))

static struct {
    unsigned n_gpus, own; /* the GPU on which this process computes */
    unsigned long long millijoules;
    int n_open;
    bool fails;
} made;

EXPORT int nvmlInit_v2(void);
EXPORT int nvmlShutdown(void);
EXPORT int nvmlDeviceGetCount_v2(unsigned *count);
EXPORT int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **gpu_out);
EXPORT int nvmlDeviceGetName(void *of, char *name, unsigned size);
EXPORT int nvmlDeviceGetComputeRunningProcesses_v3(void *of, unsigned *n, void *list);
EXPORT int nvmlDeviceGetTotalEnergyConsumption(void *of, unsigned long long *millijoules);

static char handles[8];

int nvmlInit_v2(void)
{
    made.n_open += !made.fails;
    return made.fails;
}

int nvmlShutdown(void)
{
    made.n_open--;
    return 0;
}

int nvmlDeviceGetCount_v2(unsigned *count)
{
    *count = made.n_gpus;
    return 0;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **gpu_out)
{
    *gpu_out = &handles[index];
    return 0;
}

/* The last one has another name. */
int nvmlDeviceGetName(void *of, char *name, unsigned size)
{
    bool is_last = (char *)of == &handles[made.n_gpus - 1];
    snprintf(name, size, "%s", is_last ? "NVIDIA Other" : "NVIDIA Made Up");
    return 0;
}

int nvmlDeviceGetComputeRunningProcesses_v3(void *of, unsigned *n, void *list)
{
    unsigned pid = (unsigned)getpid();
    *n = (char *)of == &handles[made.own];
    memcpy(list, &pid, sizeof pid);
    return 0;
}

int nvmlDeviceGetTotalEnergyConsumption(void *of, unsigned long long *millijoules)
{
    *millijoules = made.millijoules * (unsigned long long)((char *)of - handles + 1);
    return 0;
}

static void test_nvml(void)
{
    made.n_gpus = 2;
    made.millijoules = 5000;
    rn_energy energy = start(&gpu, 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(energy.source);
    CU_ASSERT_STRING_EQUAL(energy.source, "GPUs (NVML)");
    made.millijoules = 6500;
    CU_ASSERT_DOUBLE_EQUAL(rn_energy_joules(&energy), 1.5, 1e-9);
    rn_energy_close(&energy);
    CU_ASSERT_EQUAL(made.n_open, 0);
    /* Of two with its name, the one where this process computes. */
    made.n_gpus = 3;
    made.own = 1;
    energy = start(&gpu, 1);
    made.millijoules = 7500;
    CU_ASSERT_DOUBLE_EQUAL(rn_energy_joules(&energy), 2, 1e-9);
    rn_energy_close(&energy);
    energy = start(&gpu, 2);
    made.millijoules = 8500;
    CU_ASSERT_DOUBLE_EQUAL(rn_energy_joules(&energy), 1 + 2, 1e-9);
    rn_energy_close(&energy);
}

static void test_no_nvml(void)
{
    made.n_gpus = 3;
    made.own = 2;
    rn_energy energy = start(&gpu, 1);
    CU_ASSERT_PTR_NULL(energy.source);
    rn_energy_close(&energy);
    made.fails = true;
    energy = start(&gpu, 2);
    CU_ASSERT_PTR_NULL(energy.source);
    rn_energy_close(&energy);
    made.fails = false;
    CU_ASSERT_EQUAL(made.n_open, 0);
    energy = (rn_energy){ .root = root, .library = "libnvidia-ml.so.0-absent" };
    rn_energy_start(&energy, &gpu, 1);
    CU_ASSERT_TRUE(isnan(rn_energy_joules(&energy)));
    rn_energy_close(&energy);
}

static void test_machine(void)
{
    rn_machine machine;
    char text[RN_MACHINE_TEXT];
    rn_machine_read(root, &machine);
    CU_ASSERT_PTR_NOT_NULL(strstr(machine.system, machine.processor));
    write_text("proc/cpuinfo", "processor\t: 0\nmodel\t: 1\nmodel name\t: Made Up 5000\n");
    rn_machine_read(root, &machine);
    CU_ASSERT_STRING_EQUAL(machine.processor, "Made Up 5000");
    CU_ASSERT_PTR_NOT_NULL(strstr(rn_machine_print(&machine, text), "Made Up 5000, "));
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "RAPL", test_rapl },           { "NVML", test_nvml }, { "no NVML", test_no_nvml },
        { "the machine", test_machine }, CU_TEST_INFO_NULL,
    };
    if (mkdir(check_scratch(root, "root"), 0700))
        return 1;
    return check_run("energy", tests);
}
