/* speed.h: how fast a pass is on a device, for compare and bench. */
#ifndef RN_CORE_COMPARE_SPEED_H
#define RN_CORE_COMPARE_SPEED_H

#include "train/step.h"

/* NaN: not known. */
typedef struct rn_speed {
    int64_t n_steps;  /* timed, after the warm-up */
    double *times_ms; /* n_steps, in their order */
    double first_ms;  /* the first step of all, with what it prepared */
    double open_ms;   /* opening, planning and preparing the session */
    double median_ms, p90_ms, p99_ms;
    double images_per_s, gflop_per_s; /* two operations per multiply-add of direct convolution */
    double peak_gflop_per_s;          /* of the device: measured or told by it */
    double upload_ms, download_ms;    /* of a step's batch and results, apart from computing */
    double device_ms;                 /* by the device's clock */
    double memory_bytes;              /* arena, kept tensors and constants */
    double joules;                    /* of a step; RAPL, NVML */
} rn_speed;

/* Warms up, then takes steps until `n_steps` or `limit_ms` are over; at least three. */
rn_status rn_speed_measure(rn_session *session, rn_pass_plans *plans, const rn_batch *batch,
                           int64_t n_steps, double limit_ms, rn_speed *speed);
void rn_speed_clear(rn_speed *speed);

#endif
