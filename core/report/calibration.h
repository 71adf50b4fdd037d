/* calibration.h: whether a network is right as often as its confidence says (Guo et al. 2017,
 * arXiv:1706.04599). */
#ifndef RN_CORE_REPORT_CALIBRATION_H
#define RN_CORE_REPORT_CALIBRATION_H

#include "report/outcomes.h"

#define RN_CALIBRATION_BINS 15

/* Images whose confidence is above i / 15 and at most (i + 1) / 15. */
typedef struct rn_calibration_bin {
    int64_t images, correct;
    double confidence; /* mean; 0 without images */
    double accuracy;   /* correct / images; 0 without images */
} rn_calibration_bin;

typedef struct rn_calibration {
    rn_calibration_bin bin[RN_CALIBRATION_BINS];
    double error; /* ECE: the mean of |accuracy - confidence| over the bins, weighted by images */
} rn_calibration;

rn_calibration rn_calibration_of(const rn_outcomes *outcomes);

/* Writes the bins as CSV, atomically. RN_E_IO. */
rn_status rn_calibration_write(const char *path, const rn_calibration *calibration);

#endif
