/* op_harness.h: runs one operator on one backend as the core would, and sees what the core cannot:
 * writes beside an operand or beside the announced workspace, inputs that changed, reliance on what
 * memory held before, results that differ from run to run. */
#ifndef RN_TESTS_OP_HARNESS_H
#define RN_TESTS_OP_HARNESS_H

#include <resnet/plugin.h>
#include <stdbool.h>

/* A backend opened with a number of threads. */
typedef struct op_backend {
    char label[64]; /* "cpu_blas, 2 threads" */
    const rn_backend *table;
    rn_context *context;
    int32_t threads;
    int32_t convolution; /* rn_convolution */
    int32_t precision;   /* rn_precision */
    bool complete;       /* refusing a basic operator is a failure, not a skip */
    bool half_filters;   /* in halves gradients of filters are stored as images are */
} op_backend;

/* A tensor in host memory. */
typedef struct op_tensor {
    char name[24]; /* "dweight" */
    rn_tensor_desc desc;
    void *data;
} op_tensor;

#define OP_SET_MAX 24

/* The tensors of a case by name. Zero it before use. */
typedef struct op_set {
    char name[96]; /* of the case, for messages */
    op_tensor *tensors[OP_SET_MAX];
    int n;
    int32_t mask_dtype; /* of masks made for this case; 0: RN_U8 */
} op_set;

/* One operator to run. Absent operands are NULL. */
typedef struct op_call {
    const char *op;
    const char *where; /* the case's name */
    const void *attrs;
    const op_tensor *inputs[RN_MAX_OPERANDS];
    op_tensor *updated[RN_MAX_OPERANDS]; /* where the new content of an input goes; NULL: it must
                                            not change */
    op_tensor *outputs[RN_MAX_OPERANDS];
    int n_inputs, n_outputs; /* 0: the slots of include/resnet/operators.h; given for a REST */
} op_call;

/* Adds a zeroed tensor. Aborts the program when memory is short. */
op_tensor *op_set_add(op_set *set, const char *name, int32_t dtype, int32_t rank,
                      const int64_t *shape);
op_tensor *op_set_like(op_set *set, const char *name, const op_tensor *other);
op_tensor *op_set_vector(op_set *set, const char *name, int64_t length);
op_tensor *op_set_image(op_set *set, const char *name, const int64_t shape[4]);
op_tensor *op_set_find(const op_set *set, const char *name); /* NULL where there is none */
void op_set_clear(op_set *set);

int64_t op_count(const op_tensor *tensor); /* elements */
uint64_t op_desc_bytes(const rn_tensor_desc *desc);

/* Uniform in [-1,1), the same for the same seed everywhere. */
void op_fill(op_tensor *tensor, uint32_t seed);

/* Rounds images and filters (rank 4), matrices (rank 2) and biases to bfloat16, as a backend stores
 * them or multiplies them; near 1 these are halves of IEEE 754, too, and always tf32. */
void op_set_round(op_set *set);

/* Queries, prepares, and runs at different places with different garbage around, and with output 0
 * on each input where core/ops or the backend allows that. Broken rules are reported as failures of
 * the running test. Returns what the backend answered. */
rn_status op_run(const op_backend *backend, const op_call *call);

/* An assertion with a message of its own. */
void op_check(bool ok, const char *format, ...) RN_PRINTF(2, 3);

/* True where `status` is RN_OK. Otherwise counts a skip (RN_E_UNSUPPORTED, of a backend that need
 * not do everything) or a failure. */
bool op_accepted(const op_backend *backend, rn_status status, const char *where);

/* How far a result may be off: |got - expected| <= tolerance * max(scale, rms(expected),
 * |expected|). `scale` is the size that the tensor's elements would have without cancellation.
 * Integers and masks must be equal. */
typedef struct op_limit {
    double tolerance, scale;
} op_limit;

/* Are images stored in 16 bits, bf16 or fp16? */
bool op_is_half(const op_backend *backend);

/* Are they, or are factors rounded before they are multiplied, as tf32 does? */
bool op_is_rounded(const op_backend *backend);

/* The limit for a result on this backend, from the one that holds in fp32. With bf16 a stored image
 * is rounded once, by at most 2^-8 = 0.00391 of it, with fp16 by 2^-11; whatever else there is
 * stays fp32, and so does all with tf32, which rounds factors alone. The worst of test_ops_cross.c
 * and test_ops_conv2d.c with onednn on Zen 4 are 0.00389 of an image and 1.6e-6 of the rest. */
op_limit op_limit_on(const op_backend *backend, const op_tensor *result, op_limit limit);

/* The RMS of the difference of two lists of numbers over the RMS of `wanted`, or over `scale` where
 * that is larger: what is measured of several layers in bf16, where a relu's input near 0 may fall
 * on the other side and single elements be off by their whole size. NaN and infinities are no
 * agreement. */
double op_relative_rms(const float *found, const float *wanted, int64_t count, double scale);

/* Reports the worst element beyond the limit, with the backend, the case, tensor and index. */
void op_compare(const op_backend *backend, const char *where, const op_tensor *got,
                const op_tensor *expected, op_limit limit);

#endif
