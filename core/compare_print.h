/* compare_print.h: differences between the tensors of two runs, and their table. */
#ifndef RN_CORE_COMPARE_PRINT_H
#define RN_CORE_COMPARE_PRINT_H

#include <stdint.h>
#include <resnet/status.h>

#define RN_MAX_COMPARED 8

typedef enum rn_trace_kind { RN_TRACE_FORWARD = 1, RN_TRACE_GRADIENT } rn_trace_kind;

typedef struct rn_trace_tensor {
    rn_trace_kind kind;
    char *name; /* of the layer, or of what the gradient belongs to */
    int64_t count;
    float *values;
    double scale; /* the RMS that it has without cancellation; 0: its own */
} rn_trace_tensor;

/* What a backend computed. */
typedef struct rn_trace {
    char *label; /* "cpu_blas" */
    rn_trace_tensor *tensors;
    int32_t n_tensors;
    double step_ms; /* median */
} rn_trace;

/* How far a tensor is from the reference's. */
typedef struct rn_difference {
    double max_abs;      /* of one element */
    double relative_rms; /* RMS of the difference over that of the reference, or over its scale
                            where that is larger */
} rn_difference;

double rn_compare_rms(const float *values, int64_t count);

/* The reference's tensor of this index where the other run first exceeds the limit; -1: nowhere.
 * Tensors that only one of the two made (merged operators) are passed over. */
int32_t rn_compare_first_beyond(const rn_trace *reference, const rn_trace *other, double limit);

/* traces[0] is the reference. */
rn_status rn_compare_print(const rn_trace *traces, int n, double limit);
rn_status rn_compare_print_json(const rn_trace *traces, int n, double limit);

#endif
