/* profile.c: runs steps that the device times. */
#include "compare/profile.h"

#include <stdlib.h>
#include <string.h>

#include "base/median.h"
#include "base/status.h"
#include "device/calls.h"
#include "plugin/check.h"

#define MOST_ENTRIES 10000000 /* of a step */

/* A measurement in progress. */
typedef struct profiler {
    rn_pass_plans *plans;
    rn_plan *plan; /* of the one device */
    rn_profile table;
    rn_profile_times *times;
    double *launches_ms; /* by launch, then by round */
    int32_t n_rounds, round;
} profiler;

/* Finds the row of a kernel, or adds one. NULL: no memory. */
static rn_profile_kernel *find_kernel(rn_profile_times *times, const char *name)
{
    for (int32_t i = 0; i < times->n_kernels; i++)
        if (strcmp(times->kernels[i].name, name) == 0)
            return &times->kernels[i];
    size_t n = (size_t)times->n_kernels + 1;
    rn_profile_kernel *grown = realloc(times->kernels, n * sizeof *grown);
    if (!grown)
        return NULL;
    times->kernels = grown;
    grown += times->n_kernels++;
    *grown = (rn_profile_kernel){ 0 };
    memcpy(grown->name, name, sizeof grown->name);
    return grown;
}

_Static_assert(sizeof((rn_profile_kernel *)0)->name == sizeof((rn_profile_entry *)0)->kernel,
               "a kernel's name is copied whole");

/* Replaces characters that a table or JSON cannot show. */
static void make_printable(char *name, size_t size)
{
    name[size - 1] = 0;
    for (; *name; name++)
        if (*name < ' ' || *name > '~')
            *name = '?';
}

/* The launch of the backend's run number `run`: operators of plugins may run without it. -1: there
 * is none. */
static int32_t launch_of(const rn_plan *plan, int32_t run)
{
    for (int32_t i = 0; i < plan->n_launches; i++)
        if (plan->launches[i].ready.kernel && run-- == 0)
            return i;
    return -1;
}

static rn_status add_entry(profiler *p, int64_t index)
{
    rn_profile_entry entry = { .size = sizeof entry };
    rn_slot_begin();
    rn_status status =
        rn_slot_end(p->table.entry(p->plan->device->context, index, &entry), "profile.entry");
    if (status)
        return status;
    make_printable(entry.kernel, sizeof entry.kernel);
    int32_t launch = launch_of(p->plan, entry.run);
    if (launch < 0)
        return rn_fail(RN_E_PLUGIN, "launch %lld (%s) is said to be of run %d, but there were %d",
                       (long long)index, entry.kernel, entry.run, p->plan->n_launches);
    if (entry.end_ns < entry.start_ns)
        return rn_fail(RN_E_PLUGIN, "launch %lld (%s) is said to end before it starts",
                       (long long)index, entry.kernel);
    rn_profile_kernel *kernel = find_kernel(p->times, entry.kernel);
    if (!kernel)
        return rn_fail(RN_E_NOMEM, "no memory for the timings");
    double ms = (double)(entry.end_ns - entry.start_ns) * 1e-6;
    kernel->n_launches++;
    kernel->rounds_ms[p->round] += ms;
    p->times->rounds_ms[p->round] += ms;
    entry.run = launch;
    p->launches_ms[launch * p->n_rounds + p->round] += ms;
    p->times->entries[p->times->round_ends[p->round]++] = entry;
    return RN_OK;
}

/* Takes what the device says of the round. */
static rn_status add_entries(profiler *p, int64_t n)
{
    rn_profile_times *times = p->times;
    int64_t before = p->round ? times->round_ends[p->round - 1] : 0;
    rn_status status = RN_OK;
    if (n < 0 || n > MOST_ENTRIES)
        return rn_fail(RN_E_PLUGIN,
                       "its slot \"profile.stop\" tells of %lld launches; expected 0 to %d",
                       (long long)n, MOST_ENTRIES);
    size_t count = (size_t)(before + n);
    rn_profile_entry *grown = realloc(times->entries, (count + 1) * sizeof *grown);
    if (!grown)
        return rn_fail(RN_E_NOMEM, "no memory for the timings");
    times->entries = grown;
    times->round_ends[p->round] = before;
    for (int64_t i = 0; i < n && !status; i++)
        status = add_entry(p, i);
    return status;
}

/* Times one step. The constants are refreshed before it, so that the device times the step's
 * launches alone. */
static rn_status take_round(profiler *p, const rn_batch *batch, const rn_step_params *params)
{
    rn_context *context = p->plan->device->context;
    int64_t n_entries = 0;
    rn_status status = rn_step_upload(p->plans, batch, params);
    if (status)
        return status;
    status = rn_plan_refresh(p->plan);
    if (status)
        return status;
    rn_slot_begin();
    status = rn_slot_end(p->table.start(context), "profile.start");
    if (status)
        return status;
    if (p->round == 0)
        p->times->begin_ns = rn_host_table()->time_ns();
    status = rn_plan_run_each(p->plan);
    if (status)
        return status;
    rn_slot_begin();
    status = rn_slot_end(p->table.stop(context, &n_entries), "profile.stop");
    return status ? status : add_entries(p, n_entries);
}

static int by_ms(const void *a, const void *b)
{
    const rn_profile_kernel *x = a, *y = b;
    if (x->ms != y->ms)
        return x->ms > y->ms ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* Computes the medians of the samples, and launches per step. */
static void sum_up(profiler *p)
{
    rn_profile_times *times = p->times;
    int32_t n = p->n_rounds;
    times->n_rounds = n;
    for (int32_t i = 0; i < p->plan->n_launches; i++)
        times->launches_ms[i] = rn_median_of(p->launches_ms + i * n, n);
    for (int32_t i = 0; i < times->n_kernels; i++) {
        times->kernels[i].n_launches /= n;
        times->kernels[i].ms = rn_median_of(times->kernels[i].rounds_ms, n);
    }
    times->ms = rn_median_of(times->rounds_ms, n);
    if (times->n_kernels)
        qsort(times->kernels, (size_t)times->n_kernels, sizeof *times->kernels, by_ms);
}

static rn_status open_profiler(profiler *p)
{
    const rn_device *device = p->plan->device;
    size_t n_launches = (size_t)p->plan->n_launches;
    const rn_profile *given = device->backend->extension
                                  ? device->backend->extension(device->context, RN_PROFILE_ID)
                                  : NULL;
    if (!given)
        return RN_OK;
    p->times = calloc(1, sizeof *p->times);
    p->launches_ms = calloc(n_launches * (size_t)p->n_rounds + 1, sizeof *p->launches_ms);
    if (p->times)
        p->times->launches_ms = calloc(n_launches + 1, sizeof *p->times->launches_ms);
    if (!p->times || !p->launches_ms || !p->times->launches_ms)
        return rn_fail(RN_E_NOMEM, "no memory for the timings");
    return rn_plugin_check_profile(given, &p->table);
}

rn_status rn_profile_measure(rn_pass_plans *plans, const rn_batch *batch,
                             const rn_step_params *params, int32_t n_rounds, rn_profile_times **out)
{
    profiler p = { .plans = plans, .plan = plans->by_rank[0], .n_rounds = n_rounds };
    rn_status status = open_profiler(&p);
    for (; p.times && p.round < n_rounds && !status; p.round++)
        status = take_round(&p, batch, params);
    if (p.times && !status)
        sum_up(&p);
    free(p.launches_ms);
    if (status) {
        rn_profile_destroy(p.times);
        return rn_fail_at(status, "backend %s: timing a step", p.plan->device->label);
    }
    *out = p.times;
    return RN_OK;
}

void rn_profile_destroy(rn_profile_times *times)
{
    if (!times)
        return;
    free(times->launches_ms);
    free(times->kernels);
    free(times->entries);
    free(times);
}
