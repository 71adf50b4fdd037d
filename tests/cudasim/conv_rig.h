/* conv_rig.h: a convolution on the simulated GPU, with its descriptors and memory, and the same in
 * plain loops of doubles, for the tests of the stand-in for cuDNN. */
#ifndef RN_TESTS_CONV_RIG_H
#define RN_TESTS_CONV_RIG_H

#include <CUnit/CUnit.h>
#include <cudnn.h>
#include <stdbool.h>

typedef struct conv_case {
    const char *name;
    int x[4], w[4], groups; /* N, C, H, W; K, C/groups, R, S */
    int pad[2], stride[2], dilation[2];
} conv_case;

typedef enum conv_pass { CONV_FORWARD, CONV_DATA, CONV_FILTER } conv_pass;

typedef struct conv_rig {
    conv_case shape;
    cudnnDataType_t type;
    cudnnTensorFormat_t format;
    int y_dims[4];
    cudnnHandle_t handle;
    cudaStream_t stream;
    cudnnTensorDescriptor_t x_desc, y_desc, bias_desc;
    cudnnTensorDescriptor_t z_desc; /* for use by tests */
    cudnnFilterDescriptor_t w_desc;
    cudnnConvolutionDescriptor_t conv;
    cudnnActivationDescriptor_t relu;
    void *x, *w, *y, *bias, *workspace; /* device memory */
    size_t workspace_bytes;             /* for the last algorithm */
    double *values[3];                  /* y, x, w as stored, in N, C, H, W order */
} conv_rig;

/* Opens everything and fills x, w and y (also used as dy) with values that the type can
 * represent. */
void conv_rig_open(conv_rig *rig, const conv_case *shape, cudnnDataType_t type,
                   cudnnTensorFormat_t format);
void conv_rig_close(conv_rig *rig);

/* Writes a tensor's values to the device; reads them back once the stream is done. `tensor`: 0 y, 1
 * x, 2 w. */
void conv_rig_fill(conv_rig *rig, int tensor);
void conv_rig_read(const conv_rig *rig, int tensor, double *values);
int conv_rig_count(const conv_rig *rig, int tensor);

/* Query the workspace; call; or query, allocate and call. The result is in tensor number `pass`. */
cudnnStatus_t conv_rig_size(conv_rig *rig, conv_pass pass, int algo, size_t *bytes);
cudnnStatus_t conv_rig_call(conv_rig *rig, conv_pass pass, int algo, const float blend[2]);
cudnnStatus_t conv_rig_run(conv_rig *rig, conv_pass pass, int algo, const float blend[2]);

/* Computes the expected result from `values` (as in the rig), in double. */
void conv_rig_expect(const conv_rig *rig, conv_pass pass, double *const values[3], double *result);

/* A type's digits in base 2; and `value` rounded to that many. */
int conv_rig_digits(cudnnDataType_t type);
double conv_rig_round(int digits, double value);

/* The largest difference, relative to the tolerance: 1e-5 of the tensor's RMS, plus a little more
 * than half of the last digit for types with few digits. */
double conv_rig_error(const conv_rig *rig, int tensor, const double *got, const double *expected);

/* Runs check_run in child processes with two GPUs, without NVIDIA's library and with it. */
int conv_rig_main(int argc, char **argv, const char *suite, const CU_TestInfo *tests);

#endif
