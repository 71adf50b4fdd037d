/* lr_curve.h: losses over a rising learning rate, and the learning rates that they suggest. */
#ifndef RN_CORE_COMMANDS_LR_CURVE_H
#define RN_CORE_COMMANDS_LR_CURVE_H

#include <resnet/status.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct rn_lr_point {
    double rate;
    double loss;     /* of the step with this rate; of the last point it may be not finite */
    double smoothed; /* the average of the losses so far, the later the heavier */
} rn_lr_point;

typedef struct rn_lr_curve {
    rn_lr_point *points; /* owned */
    int64_t count;
    int64_t n_rates; /* of the whole range */
    double average;  /* of the losses, before it is corrected for its start at 0 */
    double lowest;   /* of the smoothed losses */
    bool diverged;   /* the last loss is several times the lowest, or not finite */
} rn_lr_curve;

rn_status rn_lr_curve_start(int64_t n_rates, rn_lr_curve *curve);
void rn_lr_curve_clear(rn_lr_curve *curve);

/* Adds the loss at the next rate. Not after the curve has diverged. */
void rn_lr_curve_add(rn_lr_curve *curve, double rate, double loss);

/* What the curve says. */
typedef struct rn_lr_advice {
    const char *problem;  /* why nothing can be suggested; NULL: the rates are */
    double steepest;      /* where the loss falls fastest */
    double valley;        /* in the middle of its longest fall */
    double first, lowest; /* smoothed losses: at the start, and at `lowest_rate` */
    double lowest_rate;
} rn_lr_advice;

rn_lr_advice rn_lr_curve_advise(const rn_lr_curve *curve);

#endif
