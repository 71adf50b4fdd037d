/* speed.h: how fast a pass is on its devices, for compare and bench.
 *
 * The learning rate of all steps is 0: parameters stay as they are, but running statistics and
 * velocities change. */
#ifndef RN_CORE_COMPARE_SPEED_H
#define RN_CORE_COMPARE_SPEED_H

#include "train/step.h"

/* What is measured: X(field, meaning); NaN where it is not known. Reports use these names. A GFLOP is counted as two operations per multiply-add of direct
 * convolution. */
#define RN_SPEED_FIELDS(X)                                                                         \
    X(open_ms, "opening the devices, planning and preparing")                                      \
    X(first_ms, "the first step of all, with what it prepares")                                    \
    X(median_ms, "a step")                                                                         \
    X(p90_ms, "nine of ten steps take no longer")                                                  \
    X(p99_ms, "99 of a hundred steps take no longer")                                              \
    X(images_per_s, "by the median")                                                               \
    X(gflop_per_s, "by the median")                                                                \
    X(peak_gflop_per_s, "what a large matrix product reaches on the devices")                      \
    X(upload_ms, "copying a batch to the devices, by itself")                                      \
    X(compute_ms, "computing, with nothing copied beside it")                                      \
    X(download_ms, "copying the results of a step back, by itself")                                \
    X(device_ms, "computing, by the device's clock")                                               \
    X(memory_bytes, "the arena, kept tensors and constants on all devices")                        \
    X(joules, "the energy of a step")

typedef struct rn_speed {
    int64_t n_steps;  /* timed, after the warm-up */
    double *times_ms; /* n_steps, in their order */
#define RN_SPEED_FIELD(field, meaning) double field;
    RN_SPEED_FIELDS(RN_SPEED_FIELD)
#undef RN_SPEED_FIELD
    const char *energy_of; /* what `joules` counts: "GPUs (NVML)"; NULL: nothing */
} rn_speed;

/* Warms up, takes steps until `n_steps` or `limit_ms` are over, at least three; then some more for
 * the parts. Sets everything but open_ms, which the caller knows. The caller clears `speed`, also on
 * failure. */
rn_status rn_speed_measure(rn_session *session, rn_pass_plans *plans, const rn_batch *batch,
                           int64_t n_steps, double limit_ms, rn_speed *speed);
void rn_speed_clear(rn_speed *speed);

/* The parts of rn_speed_measure, for callers that take the steps themselves. */

/* Sets everything to unknown, and makes room for n_steps times. */
rn_status rn_speed_start(int64_t n_steps, rn_speed *speed);

/* Computes what follows from the first n_steps times: median, percentiles, rates. */
rn_status rn_speed_sum_up(const rn_pass_plans *plans, rn_speed *speed);

/* Takes steps that measure transfers, energy (half a second where it is counted) and the devices'
 * peak; device_ms is the caller's, as it has what the device timed. */
rn_status rn_speed_add_parts(rn_session *session, rn_pass_plans *plans, const rn_batch *batch,
                             rn_speed *speed);

/* Multiply-adds of an operator by direct computation. */
int64_t rn_speed_macs(const rn_node *node);

#endif
