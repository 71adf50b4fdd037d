/* cudnn_sim.h: shared by the files of the stand-in for cuDNN; cudasim.h describes its purpose.
 *
 * Each function of cuDNN opens with dnn_begin and ends with dnn_end. A query returns NOT_SUPPORTED
 * silently; a call that asks for something unsupported is also blamed. Invalid arguments are always
 * blamed.
 *
 * Where NVIDIA's library is installed, everything that needs no GPU is passed to it as well, and
 * its refusals count. CUDASIM_REAL=0 in the environment leaves it out. */
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
    cudnnTensorDescriptor_t real; /* NVIDIA's, with the same content; NULL: none */
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
    int rank; /* number of spatial axes: 2 */
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

/* The current call, for messages. */
typedef struct dnn_call {
    const char *function;
    bool query; /* "not supported" is an answer, not a misuse */
} dnn_call;

cudnnStatus_t dnn_begin(const char *function, bool during_capture);
cudnnStatus_t dnn_end(cudnnStatus_t status); /* returns `status` */

/* Keeps the text for cudnnGetLastErrorString, blames, and returns `status`. */
cudnnStatus_t dnn_wrong(const dnn_call *call, cudnnStatus_t status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Checks that it is a live handle, used on the device it was created on. */
cudnnStatus_t dnn_handle_check(const dnn_call *call, cudnnHandle_t handle);
cudnnStatus_t dnn_enqueue(const dnn_call *call, cudnnHandle_t handle, cudasim_work *run,
                          const void *what, size_t bytes);

/* ---- NVIDIA's library: cudnn_real.c ---- */

/* One of its functions; NULL if the library is missing or disabled. */
void *dnn_real(const char *name);

/* Calls its function; success if there is none. */
#define DNN_REAL(name, ...)                                                                        \
    (dnn_real(#name) ? ((__typeof__(&name))dnn_real(#name))(__VA_ARGS__) : CUDNN_STATUS_SUCCESS)

/* ---- descriptors: cudnn_tensor.c, cudnn_convdesc.c ---- */

size_t dnn_type_bytes(cudnnDataType_t type); /* 0: unsupported */
/* up to the end of the last element */
size_t dnn_tensor_bytes(const struct cudnnTensorStruct *tensor);
int64_t dnn_tensor_count(const struct cudnnTensorStruct *tensor);

/* True if packed in that order; axes of size 1 may have any stride, so both can be true. */
bool dnn_tensor_is_nchw(const struct cudnnTensorStruct *tensor);
bool dnn_tensor_is_nhwc(const struct cudnnTensorStruct *tensor);
bool dnn_tensor_same(const struct cudnnTensorStruct *a, const struct cudnnTensorStruct *b);

cudnnStatus_t dnn_tensor_check(const dnn_call *call, cudnnTensorDescriptor_t tensor);

/* Checks that the tensor's data lie in the device's memory. */
cudnnStatus_t dnn_data_check(const dnn_call *call, cudnnHandle_t handle,
                             const struct cudnnTensorStruct *tensor, const void *data);

/* True if the two ranges share a byte. */
bool dnn_overlap(const void *a, size_t a_bytes, const void *b, size_t b_bytes);

/* The output size along one axis (0: height, 1: width); may be below 1. */
int dnn_output_size(const struct cudnnConvolutionStruct *convolution, int axis, int in, int filter);

/* ---- convolutions: cudnn_problem.c, cudnn_rules.c ---- */

typedef enum dnn_pass { DNN_FORWARD = 0, DNN_DATA, DNN_FILTERS } dnn_pass;

/* The descriptors of a call of any pass; y stands for dy, too. */
typedef struct dnn_descs {
    dnn_pass pass;
    cudnnTensorDescriptor_t x;
    cudnnFilterDescriptor_t w;
    cudnnConvolutionDescriptor_t convolution;
    cudnnTensorDescriptor_t y;
} dnn_descs;

/* Copies of descriptors that fit together. */
typedef struct dnn_problem {
    dnn_pass pass;
    struct cudnnTensorStruct x, y;
    struct cudnnFilterStruct w;
    struct cudnnConvolutionStruct convolution;
} dnn_problem;

cudnnStatus_t dnn_problem_make(const dnn_call *call, const dnn_descs *descs, dnn_problem *problem);
/* Checks that a problem's tensors fit together. */
cudnnStatus_t dnn_problem_check(const dnn_call *call, const dnn_problem *problem);

int dnn_algo_count(dnn_pass pass);
const char *dnn_algo_name(dnn_pass pass, int algo);
bool dnn_algo_deterministic(dnn_pass pass, int algo);
bool dnn_algo_has_tensor_cores(dnn_pass pass, int algo);
cudnnStatus_t dnn_algo_check(const dnn_call *call, const dnn_problem *problem, int algo);
size_t dnn_algo_workspace(const dnn_problem *problem, int algo);

/* The transform that an algorithm computes with: Winograd's of 4 x 4 or 6 x 6, or Fourier's. */
typedef enum dnn_transform {
    DNN_NO_TRANSFORM,
    DNN_WINOGRAD_SMALL,
    DNN_WINOGRAD,
    DNN_FOURIER
} dnn_transform;
dnn_transform dnn_algo_transform(dnn_pass pass, int algo);

/* ---- cudnn_refuse.c ---- */

/* True if calls of it are refused although queries accept it; CUDASIM_REFUSE in cudasim.h. */
bool dnn_algo_refused(const dnn_problem *problem, bool is_fused, int algo);

/* ---- numbers: cudnn_values.c ---- */

float dnn_value(cudnnDataType_t type, const void *data, int64_t at);
void dnn_set_value(cudnnDataType_t type, void *data, int64_t at, float value);

/* Fills memory whose content is undefined, such as a workspace, with NaN (only its ends if it is
 * large). */
void dnn_fill_garbage(void *data, size_t bytes);

/* Copies a 4-D tensor to N, H, W, C floats, and back: tensor = alpha * values + beta * tensor; beta
 * == 0: the tensor is not read. */
void dnn_load(const struct cudnnTensorStruct *tensor, const void *data, float *values);
typedef struct dnn_blend {
    float alpha, beta;
} dnn_blend;
void dnn_store(const struct cudnnTensorStruct *tensor, void *data, const float *values,
               dnn_blend blend);

/* ---- the work: cudnn_loops.c ---- */

/* One call of any of the three passes. */
typedef struct dnn_job {
    dnn_problem problem;
    int algo;
    void *x, *w, *y; /* the pass determines which one is written */
    void *workspace;
    size_t workspace_bytes; /* the size that the query returned */
    dnn_blend blend;
    bool fused; /* y = act(alpha * conv + z_factor * z + bias); bias NULL: none */
    struct cudnnTensorStruct z_desc, bias_desc;
    const void *z, *bias;
    float z_factor;
    bool relu;
} dnn_job;

bool dnn_job_run(void *what); /* a cudasim_work */

/* The index of filter element (k, c, tap) in the floats of a filter that is computed with. */
size_t dnn_matrix_at(const dnn_problem *problem, int k, int c, int tap);

/* ---- cudnn_transform.c ---- */

/* Computes the pass on images of N, H, W, C floats and a filter of matrices. */
void dnn_transform_run(const dnn_problem *problem, dnn_transform how, float *x, float *y, float *w);

/* ---- calls of convolutions: cudnn_conv.c ---- */

/* Reads the two floats. */
cudnnStatus_t dnn_blend_take(const dnn_call *call, const void *alpha, const void *beta,
                             dnn_blend *blend);

/* Fills and checks the rest of a job that has its algorithm and pointers. `given`: size of the
 * caller's workspace. */
cudnnStatus_t dnn_job_check(const dnn_call *call, cudnnHandle_t handle, const dnn_descs *descs,
                            dnn_job *job, size_t given);
/* Two of its checks: the workspace; where x, w and y lie. */
cudnnStatus_t dnn_workspace_check(const dnn_call *call, cudnnHandle_t handle, const dnn_job *job,
                                  size_t given);
cudnnStatus_t dnn_data_checks(const dnn_call *call, cudnnHandle_t handle, const dnn_job *job);

#endif
