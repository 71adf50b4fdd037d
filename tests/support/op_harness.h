/* op_harness.h: runs one operator on one backend as the core would, and detects violations of the
 * ABI that the core cannot: writes outside of operands and workspace, changed inputs, use of
 * uninitialised memory, results that differ between runs. */
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
    bool half_filters;   /* in 16-bit precisions, gradients of filters are stored in 16 bits, too */
} op_backend;

/* A tensor in host memory. */
typedef struct op_tensor {
    char name[24]; /* "dweight" */
    rn_tensor_desc desc;
    void *data;
    bool is_transformed; /* by an algorithm of cuDNN's that transforms images; op_compare() */
} op_tensor;

#define OP_SET_MAX 24

/* The named tensors of a case. Zero-initialise it. */
typedef struct op_set {
    char name[96]; /* of the case, for messages */
    op_tensor *tensors[OP_SET_MAX];
    int n;
    int32_t mask_dtype; /* of the masks created for this case; 0 means RN_U8 */
} op_set;

/* One operator to run. Absent operands are NULL. */
typedef struct op_call {
    const char *op;
    const char *where; /* the case's name */
    const void *attrs;
    const op_tensor *inputs[RN_MAX_OPERANDS];
    op_tensor *updated[RN_MAX_OPERANDS]; /* receives an input's new content; NULL if the input must
                                            not change */
    op_tensor *outputs[RN_MAX_OPERANDS];
    int n_inputs, n_outputs; /* 0: the slots of include/resnet/operators.h; given for a REST */
} op_call;

/* Adds a tensor of zeros. Aborts the program if there is not enough memory. */
op_tensor *op_set_add(op_set *set, const char *name, int32_t dtype, int32_t rank,
                      const int64_t *shape);
op_tensor *op_set_like(op_set *set, const char *name, const op_tensor *other);
op_tensor *op_set_vector(op_set *set, const char *name, int64_t length);
op_tensor *op_set_image(op_set *set, const char *name, const int64_t shape[4]);
op_tensor *op_set_find(const op_set *set, const char *name); /* or NULL */
void op_set_clear(op_set *set);

int64_t op_count(const op_tensor *tensor); /* elements */
uint64_t op_desc_bytes(const rn_tensor_desc *desc);

/* Fills with numbers uniform in [-1,1), the same on every machine for the same seed. */
void op_fill(op_tensor *tensor, uint32_t seed);

/* Rounds images and filters (rank 4), matrices (rank 2) and biases to bfloat16, as a backend that
 * computes in bf16 does. The results are exact in tf32 and, near 1, in fp16. */
void op_set_round(op_set *set);

/* Queries, prepares and runs the operator several times: at different offsets with different
 * garbage around, and with output 0 in the memory of each input for which core/ops or the backend
 * allows that. Violations are reported as failures of the current test. Returns the backend's
 * status. */
rn_status op_run(const op_backend *backend, const op_call *call);

/* An assertion with a message. */
void op_check(bool ok, const char *format, ...) RN_PRINTF(2, 3);

/* True if `status` is RN_OK. Otherwise reports a skip (RN_E_UNSUPPORTED from a backend that is not
 * complete) or a failure. */
bool op_accepted(const op_backend *backend, rn_status status, const char *where);

/* The error allowed in a result: |got - expected| <= tolerance * max(scale, rms(expected),
 * |expected|). `scale` is the magnitude that the elements would have without cancellation. Integers
 * and masks must be equal. */
typedef struct op_limit {
    double tolerance, scale;
} op_limit;

/* True if the backend stores images in 16 bits: bf16 or fp16. */
bool op_is_half(const op_backend *backend);

/* True if it does so or, as in tf32, rounds factors before multiplying: any precision but fp32. */
bool op_is_rounded(const op_backend *backend);

/* The limit for a result on this backend, given the limit in fp32. Storing an image rounds it once,
 * by a relative error of at most 2^-8 = 0.00391 in bf16 and 2^-11 in fp16; all other results are
 * fp32, and so is everything with tf32, which only rounds factors. The worst errors in
 * test_ops_cross.c and test_ops_conv2d.c with onednn on Zen 4 are 0.00389 of images and 1.6e-6 of
 * other results. */
op_limit op_limit_on(const op_backend *backend, const op_tensor *result, op_limit limit);

/* The RMS of the difference divided by the larger of the RMS of `wanted` and `scale`. The measure
 * for several layers in bf16, where an input of relu near 0 may change its sign, so that single
 * elements are off by their full magnitude. NaN if a number is not finite, which fails every
 * limit. */
double op_relative_rms(const float *found, const float *wanted, int64_t count, double scale);

/* Checks every element; a failure reports the worst one with backend, case, tensor and index. What
 * cuDNN computed by a Winograd or Fourier transform may be off by 7e-5: it has larger tiles than
 * the backends' own, which are held to the limit. The stand-in's F(4x4, 3x3), in floats, is off by
 * up to 4.5e-5 in these tests; an operand rounded to TF32 is off by up to 4.9e-4. */
void op_compare(const op_backend *backend, const char *where, const op_tensor *got,
                const op_tensor *expected, op_limit limit);

#endif
