/* conv_rig.h: a convolution on the pretended GPU, with its descriptors and memory, and the same in
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

typedef enum conv_kind { CONV_FORWARD, CONV_DATA, CONV_FILTER } conv_kind;

typedef struct conv_rig {
    conv_case shape;
    cudnnDataType_t type;
    cudnnTensorFormat_t format;
    int y_dims[4];
    cudnnHandle_t handle;
    cudaStream_t stream;
    cudnnTensorDescriptor_t x_desc, y_desc, bias_desc;
    cudnnTensorDescriptor_t z_desc; /* for a test's own use */
    cudnnFilterDescriptor_t w_desc;
    cudnnConvolutionDescriptor_t conv;
    cudnnActivationDescriptor_t relu;
    void *x, *w, *y, *bias, *workspace; /* device memory */
    size_t workspace_bytes;             /* of the last algorithm */
    double *values[3];                  /* y, x, w as they are stored, in N, C, H, W order */
} conv_rig;

/* All of it, with x, w and y (as dy) filled, each number one that the type has. */
void conv_rig_open(conv_rig *rig, const conv_case *shape, cudnnDataType_t type,
                   cudnnTensorFormat_t format);
void conv_rig_close(conv_rig *rig);

/* Writes a tensor's memory again; reads it back, once the stream is done. `which`: 0 y, 1 x, 2 w */
void conv_rig_fill(conv_rig *rig, int which);
void conv_rig_read(const conv_rig *rig, int which, double *values);
int conv_rig_count(const conv_rig *rig, int which);

/* Asks for the workspace, allocates it, and calls; the result is tensor `kind` of the three. */
cudnnStatus_t conv_rig_size(conv_rig *rig, conv_kind kind, int algo, size_t *bytes);
cudnnStatus_t conv_rig_call(conv_rig *rig, conv_kind kind, int algo, const float blend[2]);
cudnnStatus_t conv_rig_run(conv_rig *rig, conv_kind kind, int algo, const float blend[2]);

/* What has to come out of numbers `values` (as in the rig), in double. */
void conv_rig_expect(const conv_rig *rig, conv_kind kind, double *const values[3], double *result);

/* The digits of a type in base 2, and the number with so many that is next to `value`. */
int conv_rig_digits(cudnnDataType_t type);
double conv_rig_round(int digits, double value);

/* check_run in processes of their own, with two GPUs, without NVIDIA's library and with it. */
int conv_rig_main(int argc, char **argv, const char *suite, const CU_TestInfo *tests);

#endif
