/* traced.h: a tensor that a backend computed, as comparisons, traces and reports name it. */
#ifndef RN_CORE_COMPARE_TRACED_H
#define RN_CORE_COMPARE_TRACED_H

#include <resnet/status.h>
#include <resnet/tensor.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum rn_traced_kind {
    RN_TRACED_FORWARD = 1, /* the result of a layer: "layer2.1.conv1" */
    RN_TRACED_GRADIENT,    /* of a layer's result or of a parameter: "grad.layer2.1.conv1.weight" */
    RN_TRACED_AFTER,       /* a kept tensor after the step: "after.layer2.1.bn1.running_var" */
    RN_TRACED_MASK         /* what dropout, relu or a pool has decided: "mask.layer2.1.relu1" */
} rn_traced_kind;

/* chained: errors grow from layer to layer; isolated: each operator had the reference's inputs */
typedef enum rn_compare_mode {
    RN_COMPARE_CHAINED,
    RN_COMPARE_ISOLATED,
    RN_N_COMPARE_MODES
} rn_compare_mode;

/* The values are in the layout (N,C,H,W) or (rows, columns) and in fp32, whatever the backend
 * keeps. */
typedef struct rn_traced {
    rn_traced_kind kind;
    const char *name; /* of the layer or of the kept tensor, without the kind's prefix */
    const char *op;   /* the operator that computed it, "conv2d"; "": unknown */
    const char
        *layer; /* the node of that operator, "layer2.1.bn1", whose batch_norm_grad computes the
                          gradient of layer2.1.conv1; "": unknown */
    int32_t rank;
    int64_t shape[RN_MAX_RANK];
    int64_t count;      /* elements */
    int64_t sum_length; /* terms of the longest sum in one element; 1: none; 0: unknown */
    int64_t index;      /* its place in the order of computation */
    bool reads_own;     /* isolated: the reference has not all inputs of the operator, which read
                         * what this backend computed */
    const float *values;
} rn_traced;

/* Is called for each tensor of a step, in the order of computation; the tensor and its values are
 * valid until it returns. */
typedef rn_status rn_traced_visit(void *context, const rn_traced *tensor);

/* "", "grad.", "after.", "mask.": what stands before the name in a trace. */
const char *rn_traced_prefix(rn_traced_kind kind);

#endif
