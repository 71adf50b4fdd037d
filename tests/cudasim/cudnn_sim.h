/* cudnn_sim.h: what the files of the stand-in for cuDNN share. cudasim.h says what it is for.
 *
 * Each function of cuDNN opens with dnn_begin and ends with dnn_end. A query is told that something
 * is not supported; a call that asks for it is blamed, too. What is wrong in any case is always
 * blamed.
 *
 * Where NVIDIA's library is installed, what needs no GPU is asked of it, too, and its refusals
 * count. CUDASIM_REAL=0 in the environment leaves it out. */
#ifndef RN_TESTS_CUDNN_SIM_H
#define RN_TESTS_CUDNN_SIM_H

#include <cudnn.h>

#include "cudasim.h"

#define DNN_HANDLE "cudnnHandle_t"
#define DNN_TENSOR "cudnnTensorDescriptor_t"
#define DNN_FILTER "cudnnFilterDescriptor_t"
#define DNN_CONVOLUTION "cudnnConvolutionDescriptor_t"
#define DNN_ACTIVATION "cudnnActivationDescriptor_t"

struct cudnnContext {
    int device;
    cudaStream_t stream;
};

struct cudnnTensorStruct {
    cudnnTensorDescriptor_t real; /* NVIDIA's with the same content; NULL: none */
    bool set;
    cudnnDataType_t type;
    int rank, dims[CUDNN_DIM_MAX], strides[CUDNN_DIM_MAX];
};

struct cudnnFilterStruct {
    cudnnFilterDescriptor_t real;
    cudnnTensorFormat_t format;
    struct cudnnTensorStruct values; /* K, C/groups, R, S; its `real` is unused */
};

struct cudnnConvolutionStruct {
    cudnnConvolutionDescriptor_t real;
    bool set;
    int rank; /* of the image: 2 */
    int pad[CUDNN_DIM_MAX], stride[CUDNN_DIM_MAX], dilation[CUDNN_DIM_MAX];
    cudnnConvolutionMode_t mode;
    cudnnDataType_t type;
    cudnnMathType_t math;
    cudnnReorderType_t reorder;
    int groups;
};

struct cudnnActivationStruct {
    cudnnActivationDescriptor_t real;
    bool set;
    cudnnActivationMode_t mode;
    cudnnNanPropagation_t nan;
    double coef;
};

/* ---- calls: cudnn_handle.c ---- */

/* A call in progress, for messages. */
typedef struct dnn_call {
    const char *function;
    bool query; /* "not supported" is an answer rather than a mistake */
} dnn_call;

cudnnStatus_t dnn_begin(const char *function, bool during_capture);
cudnnStatus_t dnn_end(cudnnStatus_t status); /* returns it */

/* Keeps the text for cudnnGetLastErrorString, blames, and returns `status`. */
cudnnStatus_t dnn_wrong(const dnn_call *call, cudnnStatus_t status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Is it a live handle, used on the device that it was made on? */
cudnnStatus_t dnn_handle_check(const dnn_call *call, cudnnHandle_t handle);
cudnnStatus_t dnn_enqueue(const dnn_call *call, cudnnHandle_t handle, cudasim_work *run,
                          const void *what, size_t bytes);

/* ---- NVIDIA's library: cudnn_real.c ---- */

/* A function of it by name; NULL where it is not there or not asked for. */
void *dnn_real(const char *name);

/* Calls it with the arguments; success where it is not there. */
#define DNN_REAL(name, ...)                                                                        \
    (dnn_real(#name) ? ((__typeof__(&name))dnn_real(#name))(__VA_ARGS__) : CUDNN_STATUS_SUCCESS)

/* ---- descriptors: cudnn_tensor.c, cudnn_convdesc.c ---- */

size_t dnn_type_bytes(cudnnDataType_t type); /* 0: not one that the stand-in knows */
size_t dnn_tensor_bytes(const struct cudnnTensorStruct *tensor); /* to its last element's end */
int64_t dnn_tensor_count(const struct cudnnTensorStruct *tensor);

/* Packed, where dimensions of one element have any stride. Both may be true. */
bool dnn_tensor_is_nchw(const struct cudnnTensorStruct *tensor);
bool dnn_tensor_is_nhwc(const struct cudnnTensorStruct *tensor);
bool dnn_tensor_same(const struct cudnnTensorStruct *a, const struct cudnnTensorStruct *b);

cudnnStatus_t dnn_tensor_check(const dnn_call *call, cudnnTensorDescriptor_t tensor);

/* Lies the tensor's data in the device's memory? */
cudnnStatus_t dnn_data_check(const dnn_call *call, cudnnHandle_t handle,
                             const struct cudnnTensorStruct *tensor, const void *data);

/* Do the two pieces share a byte? */
bool dnn_overlap(const void *a, size_t a_bytes, const void *b, size_t b_bytes);

/* The size of the output along one axis (0: height, 1: width), possibly below 1. */
int dnn_output_size(const struct cudnnConvolutionStruct *convolution, int axis, int in, int filter);

/* ---- convolutions: cudnn_problem.c, cudnn_rules.c ---- */

typedef enum dnn_kind { DNN_FORWARD = 0, DNN_DATA, DNN_FILTERS } dnn_kind;

/* The descriptors of a call, of any kind: y stands for dy, too. */
typedef struct dnn_descs {
    dnn_kind kind;
    cudnnTensorDescriptor_t x;
    cudnnFilterDescriptor_t w;
    cudnnConvolutionDescriptor_t convolution;
    cudnnTensorDescriptor_t y;
} dnn_descs;

/* Copies of them that fit each other. */
typedef struct dnn_problem {
    dnn_kind kind;
    struct cudnnTensorStruct x, y;
    struct cudnnFilterStruct w;
    struct cudnnConvolutionStruct convolution;
} dnn_problem;

cudnnStatus_t dnn_problem_make(const dnn_call *call, const dnn_descs *descs, dnn_problem *problem);

int dnn_algo_count(dnn_kind kind);
const char *dnn_algo_name(dnn_kind kind, int algo);
bool dnn_algo_deterministic(dnn_kind kind, int algo);
bool dnn_algo_has_tensor_cores(dnn_kind kind, int algo);
cudnnStatus_t dnn_algo_check(const dnn_call *call, const dnn_problem *problem, int algo);
size_t dnn_algo_workspace(const dnn_problem *problem, int algo);

/* ---- numbers: cudnn_values.c ---- */

float dnn_value(cudnnDataType_t type, const void *data, int64_t at);
void dnn_set_value(cudnnDataType_t type, void *data, int64_t at, float value);

/* Fills memory that is nobody's any more, as a workspace, with NaN, or much of it. */
void dnn_spoil(void *data, size_t bytes);

/* Copies a tensor of 4 dimensions to N, H, W, C floats, and back:
 * tensor = alpha * values + beta * tensor, where beta == 0 never reads it. */
void dnn_load(const struct cudnnTensorStruct *tensor, const void *data, float *values);
typedef struct dnn_blend {
    float alpha, beta;
} dnn_blend;
void dnn_store(const struct cudnnTensorStruct *tensor, void *data, const float *values,
               dnn_blend blend);

/* ---- the work: cudnn_loops.c ---- */

/* One of the three kinds of convolution, as it was called. */
typedef struct dnn_job {
    dnn_problem problem;
    int algo;
    void *x, *w, *y; /* which of them is written follows from the kind */
    void *workspace;
    size_t workspace_bytes; /* announced */
    dnn_blend blend;
    bool fused; /* y = act(alpha * conv + z_factor * z + bias) */
    struct cudnnTensorStruct z_desc, bias_desc;
    const void *z, *bias;
    float z_factor;
    bool relu;
} dnn_job;

bool dnn_job_run(void *what); /* a cudasim_work */

/* ---- calls of convolutions: cudnn_conv.c ---- */

/* Takes two floats. */
cudnnStatus_t dnn_blend_take(const dnn_call *call, const void *alpha, const void *beta,
                             dnn_blend *blend);

/* Makes and checks all of a job that has its algorithm and pointers; `given`: the workspace's size
 */
cudnnStatus_t dnn_job_check(const dnn_call *call, cudnnHandle_t handle, const dnn_descs *descs,
                            dnn_job *job, size_t given);

#endif
