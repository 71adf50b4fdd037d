/* device.c: the GPUs of the simulated machine, and the calling thread's current one. */
#include <stdlib.h>
#include <string.h>

#include "machine.h"

static struct {
    cudasim_gpu gpus[CUDASIM_DEVICES_MAX];
    int slots[CUDASIM_DEVICES_MAX]; /* the visible devices' numbers in the machine */
    int n, arch, driver;
    cudasim_order order;
} machine;

static _Thread_local int current;

static unsigned long long setting(const char *name, unsigned long long fallback)
{
    const char *text = getenv(name);
    return text && *text ? strtoull(text, NULL, 10) : fallback;
}

/* As CUDA reads it: a list of numbers, which ends at the first that there is not. */
static int find_visible(int n)
{
    const char *text = getenv("CUDA_VISIBLE_DEVICES");
    int found = 0;
    for (int i = 0; i < n && !text; i++)
        machine.slots[found++] = i;
    while (text && *text && found < n) {
        char *end;
        long number = strtol(text, &end, 10);
        if (end == text || number < 0 || number >= n)
            break;
        machine.slots[found++] = (int)number;
        text = *end == ',' ? end + 1 : "";
    }
    return found;
}

__attribute__((constructor)) static void read_environment(void)
{
    const char *devices = getenv("CUDASIM_DEVICES");
    bool is_none = devices && !strcmp(devices, "none");
    bool is_old = devices && !strcmp(devices, "old");
    unsigned long long n = is_none || is_old ? 0 : setting("CUDASIM_DEVICES", 1);
    machine.n = find_visible(n < CUDASIM_DEVICES_MAX ? (int)n : CUDASIM_DEVICES_MAX);
    machine.arch = (int)setting("CUDASIM_ARCH", 90);
    machine.driver = is_none ? 0 : is_old ? 12000 : CUDART_VERSION;
    const char *order = getenv("CUDASIM_ORDER");
    machine.order = order && !strcmp(order, "early")    ? CUDASIM_EARLY
                    : order && !strcmp(order, "others") ? CUDASIM_OTHERS
                                                        : CUDASIM_LATE;
    for (int i = 0; i < CUDASIM_DEVICES_MAX; i++)
        machine.gpus[i].memory_bytes = setting("CUDASIM_MEMORY", 8ull << 30);
}

int cudasim_device_count(void)
{
    return machine.n;
}

int cudasim_device_bus(int device)
{
    return machine.slots[device] + 1;
}

cudasim_gpu *cudasim_gpu_at(int device)
{
    return &machine.gpus[device];
}

int cudasim_device(void)
{
    return current;
}

void cudasim_set_device(int device)
{
    current = device;
}

int cudasim_arch(void)
{
    return machine.arch;
}

cudasim_order cudasim_order_of_work(void)
{
    return machine.order;
}

int cudasim_driver_version(void)
{
    return machine.driver;
}

cudaError_t cudasim_absence(void)
{
    if (machine.driver < CUDART_VERSION)
        return cudaErrorInsufficientDriver;
    return machine.n ? cudaSuccess : cudaErrorNoDevice;
}
