/* bisect_fault.h: a fault of one operator, and how people read it. */
#ifndef RN_CORE_COMPARE_BISECT_FAULT_H
#define RN_CORE_COMPARE_BISECT_FAULT_H

#include <stdio.h>

#include "compare/bisect_trial.h"
#include "config/config.h"

#define RN_FAULT_SHAPES 1024

/* Zero-initialise it. */
typedef struct rn_fault {
    rn_case subject;
    rn_trial trial; /* of the subject */
    rn_goal goal;   /* how it fails */
    const rn_lab *lab;
    const rn_config *config;        /* with the settings of the backend */
    const char *plugin_file;        /* of --backend=/PATH/NAME.so; NULL: none */
    char found_in[RN_FAULT_SHAPES]; /* the operands in the network, before they were reduced */
    int64_t n_trials;
    bool out_of_time; /* it could perhaps be smaller */
} rn_fault;

/* "x (4, 16, 28, 28), weight (16, 16, 3, 3), y (4, 16, 28, 28)", as much as fits. */
void rn_fault_shapes(const rn_case *c, char *text, size_t size);

/* "conv2d of layer1.0.conv1: y is wrong" */
void rn_fault_title(FILE *out, const rn_fault *fault);

/* What was expected, what was found, how often, on what. */
void rn_fault_text(FILE *out, const rn_fault *fault);

void rn_fault_clear(rn_fault *fault);

#endif
