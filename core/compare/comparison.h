/* comparison.h: the result of a comparison, from which every report is made. */
#ifndef RN_CORE_COMPARE_COMPARISON_H
#define RN_CORE_COMPARE_COMPARISON_H

#include <jansson.h>

#include "compare/side.h"
#include "compare/speed.h"
#include "compare/verdict.h"

/* A tensor of a side beside the reference's. */
typedef struct rn_compared {
    rn_verdict verdict; /* RN_VERDICT_ABSENT: nothing else is set */
    rn_measures measures;
    double limit;     /* of one operator, from limits.h or the user */
    double tolerance; /* what was allowed here: see rn_verdict_tolerance */
    int32_t by; /* the row of the operator that computed it here: another where operators merged */
} rn_compared;

/* A tensor of the reference, with all sides' differences. */
typedef struct rn_compare_row {
    rn_traced tensor;                 /* its name, op and layer belong to the row; values NULL */
    double noise[RN_N_COMPARE_MODES]; /* see rn_judged */
    rn_compared sides[RN_MAX_SIDES][RN_N_COMPARE_MODES]; /* those of the reference are ABSENT */
} rn_compare_row;

typedef struct rn_compare_side {
    char *label;
    rn_status declined; /* why it was not compared, of which `sentence` tells; rows are ABSENT */
    rn_verdict verdict; /* of the whole */
    int32_t first_row;  /* the first with that verdict; -1: it does not fail, or the losses do */
    rn_compare_mode first_mode;
    char *sentence;                        /* "wrong from layer2.0.conv1 (conv2d) on", for people */
    double top1_agreement, top5_agreement; /* share of the images; NaN: not compared */
    double *losses;                        /* n_losses of phase train; NULL: none */
    int64_t first_step;                    /* with a loss outside of the envelope; -1: none */
    rn_speed speed;
    json_t *about; /* object: versions of libraries and drivers, device, algorithms chosen */
} rn_compare_side;

typedef struct rn_comparison {
    const char *cfg, *phase; /* "infer", "train-step", "train" */
    char *weights_hash, *input_hash, *cfg_hash;
    char *machine; /* processor and system */
    char *command; /* the command line; NULL: none */
    int64_t seed, batch, repeats;
    bool modes[RN_N_COMPARE_MODES];
    rn_compare_row *rows;
    int32_t n_rows;
    bool never_switches; /* no operator decides, as a relu, another activation and a max pool do */
    rn_compare_side sides[RN_MAX_SIDES]; /* [0]: the reference */
    int32_t n_sides;
    int64_t n_losses;
    double *envelope[2]; /* the least and the largest loss of the reference's seeds at each step */
} rn_comparison;

/* Sets each side's verdict, first row, step and sentence from its rows and losses; leaves sides
 * that were declined as they are. */
rn_status rn_comparison_conclude(rn_comparison *comparison);

void rn_comparison_clear(rn_comparison *comparison);

#endif
