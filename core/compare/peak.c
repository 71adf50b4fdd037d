/* peak.c: times linear operators of growing sizes, each in a plan of its own. */
#include "compare/peak.h"

#include <math.h>
#include <resnet/random.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/status.h"
#include "device/calls.h"
#include "plan/plan.h"

#define LEAST_SIZE 128
#define LARGEST_SIZE 8192 /* 3 * 256 MiB in fp32 */
#define LONG_ENOUGH_MS 8  /* a larger size would not be faster */
#define TOO_LONG_MS 300   /* of the next size, as expected from this one */
#define TIMED_MS 20
#define MAX_RUNS 50
#define N_TRIALS 2

/* A product of two square matrices, ready to run. */
typedef struct product {
    int64_t size;
    rn_device *device;
    rn_plan *plan;
    rn_store *store;
    rn_buffer *arena;
    float *x; /* what is multiplied */
} product;

static rn_status create_plan(product *p)
{
    rn_dag *dag = NULL;
    rn_node *node = NULL;
    const rn_linear_attrs attrs = { .size = sizeof attrs, .units = p->size };
    const rn_tensor_desc desc = rn_desc_make(RN_F32, 2, (const int64_t[]){ p->size, p->size });
    rn_status status = rn_dag_create(false, RN_U8, &dag);
    if (status)
        return status;
    dag->images = rn_dag_input(dag, "x", &desc);
    status = dag->images ? rn_dag_op(dag, "linear", "product", &attrs, &dag->images, 1, &node)
                         : dag->status;
    if (status) {
        rn_dag_destroy(dag);
        return status;
    }
    return rn_plan_create(p->device, dag, &p->plan);
}

/* The caller closes it, also on failure. */
static rn_status open_product(product *p)
{
    rn_status status = create_plan(p);
    if (status)
        return status;
    status = rn_store_create(&p->device, 1, p->plan->dag, &p->store);
    if (status)
        return status;
    status = rn_device_buffer(p->device, p->plan->memory->arena_bytes, &p->arena);
    if (status)
        return status;
    status = rn_plan_bind(p->plan, p->store, 0, p->arena);
    if (status)
        return status;
    uint64_t count = (uint64_t)(p->size * p->size);
    p->x = malloc(count * sizeof *p->x);
    if (!p->x)
        return rn_fail(RN_E_NOMEM, "no memory for a matrix");
    rn_random_fill(0, 0, 1, p->x, count);
    status = rn_store_initialise(p->store, RN_WEIGHT_INIT_PYTORCH, 0);
    return status ? status : rn_plan_upload(p->plan, p->plan->dag->images, p->x);
}

static void close_product(product *p)
{
    rn_plan_destroy(p->plan);
    rn_store_destroy(p->store);
    if (p->arena)
        p->device->backend->buffer_destroy(p->device->context, p->arena);
    free(p->x);
}

/* Milliseconds of one of `n` runs. */
static rn_status time_runs(product *p, int64_t n, double *ms)
{
    uint64_t start = rn_host_table()->time_ns();
    for (int64_t i = 0; i < n; i++) {
        rn_status status = rn_plan_run_each(p->plan);
        if (status)
            return status;
    }
    rn_status status = rn_device_synchronize(p->device);
    *ms = (double)(rn_host_table()->time_ns() - start) * 1e-6 / (double)n;
    return status;
}

/* The fastest of a few trials, after a warm-up. */
static rn_status time_product(product *p, double *ms)
{
    double trial_ms = 0;
    rn_status status = time_runs(p, 1, &trial_ms);
    if (!status)
        status = time_runs(p, 1, ms);
    double wanted = TIMED_MS / fmax(*ms, 1e-6);
    int64_t n = wanted > MAX_RUNS ? MAX_RUNS : wanted < 1 ? 1 : (int64_t)wanted;
    for (int i = 0; i < N_TRIALS && !status; i++) {
        status = time_runs(p, n, &trial_ms);
        *ms = fmin(*ms, trial_ms);
    }
    return status;
}

static rn_status measure_size(rn_device *device, int64_t size, double *ms)
{
    product p = { .size = size, .device = device };
    rn_status status = open_product(&p);
    if (!status)
        status = time_product(&p, ms);
    close_product(&p);
    return status;
}

rn_status rn_peak_measure(rn_device *device, double *gflop_per_s)
{
    double best = NAN, ms = 0;
    rn_status status = RN_OK;
    for (int64_t size = LEAST_SIZE; size <= LARGEST_SIZE; size *= 2) {
        status = measure_size(device, size, &ms);
        if (status)
            break;
        best = fmax(best, 2e-6 * pow((double)size, 3) / ms);
        if (ms > LONG_ENOUGH_MS || 8 * ms > TOO_LONG_MS)
            break;
    }
    if (status == RN_E_UNSUPPORTED || status == RN_E_NOMEM) {
        rn_log(RN_LOG_INFO, "%s: the device's peak is not measured: %s", device->label,
               rn_fail_text());
        rn_fail_clear();
        status = RN_OK;
    }
    *gflop_per_s = best;
    return status;
}
