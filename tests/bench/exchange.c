/* exchange.c: how long the processes of a run take to add up floats, as gradients are; process 0
 * prints the median in ms. Usage: exchange NUMBERS TIMES, started by mpirun. exchange.sh compares
 * it with exchange_peer.c. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/median.h"
#include "base/status.h"
#include "world/world.h"

static double now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

static rn_status measure(float *data, uint64_t count, int n, double *times)
{
    rn_status status = RN_OK;
    for (uint64_t i = 0; i < count; i++)
        data[i] = 1;
    for (int i = 0; i < n && !status; i++) {
        status = rn_world_barrier();
        double start = now_ms();
        if (!status)
            status = rn_world_add_up(0, RN_TRANSPORT_F32, data, count, 1);
        times[i] = now_ms() - start;
    }
    return status;
}

int main(int argc, char **argv)
{
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 11173962;
    int n = argc > 2 ? atoi(argv[2]) : 20;
    float *data = calloc(count, sizeof *data);
    double *times = calloc((size_t)n, sizeof *times);
    rn_registry *registry = NULL;
    bool speaks = true;
    rn_status status = data && times ? rn_registry_create(NULL, &registry) : RN_E_NOMEM;
    if (!status)
        status = rn_world_open(registry, NULL);
    if (!status)
        status = measure(data, count, n, times);
    if (!status && rn_world_is_first())
        printf("%.3f\n", rn_median_of(times, n));
    status = rn_world_close(status, &speaks);
    if (status && speaks)
        fprintf(stderr, "exchange: %s\n", rn_fail_text());
    rn_world_leave(rn_status_exit(status));
    rn_registry_destroy(registry);
    free(times);
    free(data);
    return rn_status_exit(status);
}
