/* compare_print.h: differences between the tensors of two runs, and their table. */
#ifndef RN_CORE_COMMANDS_COMPARE_PRINT_H
#define RN_CORE_COMMANDS_COMPARE_PRINT_H

#include <resnet/status.h>
#include <stdbool.h>
#include <stdint.h>

#define RN_MAX_COMPARED 8

/* Random errors of a quarter of the limit in each of 16 successive operators add up to the
 * limit. */
#define RN_NOISE_SHARE 0.25

typedef enum rn_trace_kind { RN_TRACE_FORWARD = 1, RN_TRACE_GRADIENT } rn_trace_kind;

typedef struct rn_trace_tensor {
    rn_trace_kind kind;
    char *name; /* of the layer, or of the value that the gradient belongs to */
    int64_t count;
    float *values;
    double noise; /* of the reference: the RMS by which it moves where each result before it, and
                     its own, is changed by a random share of RN_NOISE_SHARE of the limit */
} rn_trace_tensor;

/* The tensors that a backend computed. */
typedef struct rn_trace {
    char *label;       /* "cpu_blas" */
    bool is_reference; /* the others are compared with it */
    rn_trace_tensor *tensors;
    int32_t n_tensors;
    double step_ms; /* median */
} rn_trace;

/* How a difference is judged. */
typedef enum rn_verdict {
    RN_VERDICT_WITHIN = 1, /* the limit */
    RN_VERDICT_ZERO,       /* the tensor is 0 in theory: both values are rounding errors */
    RN_VERDICT_NOISE,      /* beyond the limit, but no more than rounding moves the reference */
    RN_VERDICT_OVER        /* an error of the backend */
} rn_verdict;

/* How far a tensor is from the reference's. */
typedef struct rn_difference {
    double max_abs;      /* of one element */
    double relative_rms; /* RMS of the difference over that of the reference */
    rn_verdict verdict;
} rn_difference;

rn_difference rn_compare_tensors(const rn_trace_tensor *reference, const rn_trace_tensor *other,
                                 double limit);

/* The RMS of a - b; of a if b is NULL. */
double rn_compare_rms(const float *a, const float *b, int64_t count);

/* The index of the reference's first tensor for which the other run exceeds the limit; -1: none.
 * Skips tensors that only one of the two computed (merged operators). */
int32_t rn_compare_first_beyond(const rn_trace *reference, const rn_trace *other, double limit);

/* traces[0] is the reference. */
rn_status rn_compare_print(const rn_trace *traces, int n, double limit);
rn_status rn_compare_print_json(const rn_trace *traces, int n, double limit);

#endif
