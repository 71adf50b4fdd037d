/* test_speed.c: what a measure of speed says, on every backend; no time itself is checked. */
#include <math.h>
#include <stdlib.h>

#include "base/status.h"
#include "compare/speed.h"
#include "support/check.h"
#include "support/net_harness.h"

#define BATCH 4
#define FOR_EVER_MS 1e9

static const char *const net = "tests/config/nets/dropout.cfg";

static rn_batch make_batch(const rn_config *config, float *images, int32_t *labels)
{
    int64_t count =
        BATCH * config->network.channels * config->network.height * config->network.width;
    for (int64_t i = 0; i < count; i++)
        images[i] = (float)(i % 7) / 7;
    return (rn_batch){ .images = images, .labels = labels, .count = BATCH };
}

/* Multiply-adds of the launches, by the operators' own rules. */
static double macs_of(const rn_plan *plan)
{
    double macs = 0;
    for (int32_t i = 0; i < plan->n_launches; i++)
        macs += (double)rn_speed_macs(plan->launches[i].node);
    return macs;
}

/* Nine of ten times are at most p90, and it is one of them. */
static void check_percentile(const rn_speed *speed, double found, double share)
{
    int64_t n_below = 0, n_equal = 0;
    for (int64_t i = 0; i < speed->n_steps; i++) {
        n_below += speed->times_ms[i] <= found;
        n_equal += speed->times_ms[i] == found;
    }
    op_check(n_equal > 0 && (double)n_below >= share * (double)speed->n_steps,
             "%g is not the %g percentile", found, 100 * share);
}

static void check_speed(const rn_speed *speed, const rn_pass_plans *plans)
{
    double gflop = 2e-9 * macs_of(plans->by_rank[0]);
    op_check(isnan(speed->open_ms), "open_ms is the caller's");
    check_percentile(speed, speed->p90_ms, 0.9);
    check_percentile(speed, speed->p99_ms, 0.99);
    op_check(speed->median_ms > 0 && speed->median_ms <= speed->p90_ms, "a median of %g",
             speed->median_ms);
    op_check(fabs(speed->images_per_s * speed->median_ms - BATCH * 1e3) < 1e-6, "images/s");
    op_check(fabs(speed->gflop_per_s * speed->median_ms * 1e-3 - gflop) < 1e-9 * gflop, "GFLOP/s");
    op_check(speed->upload_ms >= 0 && speed->compute_ms > 0 && speed->download_ms > 0, "parts");
    op_check(speed->memory_bytes >= (double)plans->by_rank[0]->memory->arena_bytes, "memory");
    op_check(isnan(speed->peak_gflop_per_s) || speed->peak_gflop_per_s > 0, "a peak of %g",
             speed->peak_gflop_per_s);
    op_check(isnan(speed->device_ms) || speed->device_ms > 0, "device_ms %g", speed->device_ms);
    op_check(speed->energy_of || isnan(speed->joules), "energy of nothing");
}

static void measure_pass(net_trial *trial, rn_pass_plans *plans, const rn_batch *batch)
{
    rn_speed speed = { 0 };
    bool has_first = plans->by_rank[0]->constant_version == 0;
    op_check(!rn_speed_measure(trial->session, plans, batch, 7, FOR_EVER_MS, &speed), "%s",
             rn_fail_text());
    op_check(speed.n_steps == 7, "%d steps, not 7", (int)speed.n_steps);
    op_check(isnan(speed.first_ms) != has_first, "the first step took %g", speed.first_ms);
    check_speed(&speed, plans);
    rn_speed_clear(&speed);
    op_check(!rn_speed_measure(trial->session, plans, batch, 100, 0, &speed), "%s", rn_fail_text());
    op_check(speed.n_steps == 3, "%d steps, not the least", (int)speed.n_steps);
    op_check(isnan(speed.first_ms), "a first step after others");
    rn_speed_clear(&speed);
}

static void test_measure(const op_backend *backend, const void *subject)
{
    net_trial trial = { 0 };
    float *images = calloc(BATCH * 28 * 28, sizeof *images);
    int32_t labels[BATCH] = { 0, 1, 2, 3 };
    (void)subject;
    if (images && op_accepted(backend, net_open(&trial, backend, net, BATCH, false), net)) {
        rn_batch batch = make_batch(trial.config, images, labels);
        measure_pass(&trial, trial.train, &batch);
        measure_pass(&trial, trial.evaluate, &batch);
    }
    net_close(&trial);
    free(images);
}

int main(int n_args, char **args)
{
    op_backends_open();
    op_tests_add("speed", test_measure, NULL);
    op_tests_only(n_args, args);
    int result = op_tests_run("speed");
    net_registry_close();
    return result;
}
