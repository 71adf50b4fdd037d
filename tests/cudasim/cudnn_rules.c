/* cudnn_rules.c: which cuDNN algorithm supports which convolution, and with how much workspace.
 *
 * Source: the tables of supported algorithms at cudnnConvolutionForward, …BackwardData and
 * …BackwardFilter in NVIDIA's reference of cuDNN 8.9. If a table says "all" for groups but only
 * some algorithms are known to support them on real cards, the others are refused here; callers
 * query support first, so refusing does no harm. */
#include "cudnn_sim.h"

enum {
    F = 1,
    H = 2,
    B = 4,         /* types: float, half, bfloat16 */
    NHWC = 8,      /* NHWC filter and images */
    PACKED = 16,   /* requires packed x */
    DILATION = 32, /* dilated NCHW filters; dilation in NHWC needs only NHWC support */
    GROUPS = 64,
    STRIDE = 128,
    DETERMINISTIC = 256, /* deterministic */
    TENSOR = 512         /* has a tensor-core variant */
};

typedef enum dnn_sizes { ANY, SIZE_3, SIZE_3_OR_5, FFT, FFT_TILES } dnn_sizes;

typedef struct dnn_rule {
    const char *name;
    int features; /* 0: not implemented */
    dnn_sizes sizes;
} dnn_rule;

static const dnn_rule forward_rules[CUDNN_CONVOLUTION_FWD_ALGO_COUNT] = {
    { "IMPLICIT_GEMM", F | H | B | DILATION | GROUPS | STRIDE | DETERMINISTIC, ANY },
    { "IMPLICIT_PRECOMP_GEMM", F | H | B | NHWC | GROUPS | STRIDE | DETERMINISTIC | TENSOR, ANY },
    { "GEMM", F | H | B | STRIDE | DETERMINISTIC, ANY },
    { "DIRECT", 0, ANY },
    { "FFT", F | H | PACKED | DETERMINISTIC, FFT },
    { "FFT_TILING", F | H | PACKED | DETERMINISTIC, FFT_TILES },
    { "WINOGRAD", F | H | DETERMINISTIC, SIZE_3 },
    { "WINOGRAD_NONFUSED", F | H | B | DETERMINISTIC | TENSOR, SIZE_3_OR_5 },
};

static const dnn_rule data_rules[CUDNN_CONVOLUTION_BWD_DATA_ALGO_COUNT] = {
    { "ALGO_0", F | H | B | NHWC | DILATION | GROUPS | STRIDE, ANY },
    { "ALGO_1", F | H | B | NHWC | DILATION | GROUPS | STRIDE | DETERMINISTIC | TENSOR, ANY },
    { "FFT", F | H | PACKED | DETERMINISTIC, FFT },
    { "FFT_TILING", F | H | PACKED | DETERMINISTIC, FFT_TILES },
    { "WINOGRAD", F | H | DETERMINISTIC, SIZE_3 },
    { "WINOGRAD_NONFUSED", F | H | B | DETERMINISTIC | TENSOR, SIZE_3_OR_5 },
};

static const dnn_rule filter_rules[CUDNN_CONVOLUTION_BWD_FILTER_ALGO_COUNT] = {
    { "ALGO_0", F | H | B | NHWC | DILATION | GROUPS | STRIDE, ANY },
    { "ALGO_1", F | H | B | NHWC | DILATION | GROUPS | STRIDE | DETERMINISTIC | TENSOR, ANY },
    { "FFT", F | H | PACKED | DETERMINISTIC, FFT },
    { "ALGO_3", F | H | GROUPS | STRIDE, ANY },
    { "WINOGRAD", 0, ANY },
    { "WINOGRAD_NONFUSED", F | H | B | DETERMINISTIC | TENSOR, SIZE_3_OR_5 },
    { "FFT_TILING", F | H | PACKED | DETERMINISTIC, FFT_TILES },
};

int dnn_algo_count(dnn_pass pass)
{
    const int counts[] = { CUDNN_CONVOLUTION_FWD_ALGO_COUNT, CUDNN_CONVOLUTION_BWD_DATA_ALGO_COUNT,
                           CUDNN_CONVOLUTION_BWD_FILTER_ALGO_COUNT };
    return counts[pass];
}

static const dnn_rule *rule_of(dnn_pass pass, int algo)
{
    static const dnn_rule none = { "an unknown algorithm", 0, ANY };
    const dnn_rule *rules[] = { forward_rules, data_rules, filter_rules };
    return algo >= 0 && algo < dnn_algo_count(pass) ? &rules[pass][algo] : &none;
}

const char *dnn_algo_name(dnn_pass pass, int algo)
{
    return rule_of(pass, algo)->name;
}

bool dnn_algo_deterministic(dnn_pass pass, int algo)
{
    return rule_of(pass, algo)->features & DETERMINISTIC;
}

bool dnn_algo_has_tensor_cores(dnn_pass pass, int algo)
{
    return rule_of(pass, algo)->features & TENSOR;
}

dnn_transform dnn_algo_transform(dnn_pass pass, int algo)
{
    switch (rule_of(pass, algo)->sizes) {
        case SIZE_3: return DNN_WINOGRAD_SMALL;
        case SIZE_3_OR_5: return DNN_WINOGRAD;
        case FFT:
        case FFT_TILES: return DNN_FOURIER;
        default: return DNN_NO_TRANSFORM;
    }
}

static bool sizes_fit(const dnn_problem *problem, dnn_sizes sizes)
{
    const int *w = problem->w.values.dims, *x = problem->x.dims;
    const int *pad = problem->convolution.pad;
    int larger = w[2] > w[3] ? w[2] : w[3];
    switch (sizes) {
        case SIZE_3: return w[2] == 3 && w[3] == 3;
        case SIZE_3_OR_5: return w[2] == w[3] && (w[2] == 3 || w[2] == 5);
        case FFT:
            return w[2] > pad[0] && w[3] > pad[1] && x[2] + 2 * pad[0] <= 256 &&
                   x[3] + 2 * pad[1] <= 256;
        case FFT_TILES:
            if (problem->pass == DNN_FILTERS) { /* along one axis only */
                return w[2] > pad[0] && w[3] > pad[1] && larger <= 256 &&
                       ((x[2] == 1 && w[2] == 1) || (x[3] == 1 && w[3] == 1));
            }
            return w[2] > pad[0] && w[3] > pad[1] && larger <= (w[2] == 1 || w[3] == 1 ? 256 : 32);
        default: return true;
    }
}

/* Why the algorithm cannot compute this; NULL: it can. */
static const char *obstacle(const dnn_problem *problem, const dnn_rule *rule)
{
    const struct cudnnConvolutionStruct *convolution = &problem->convolution;
    bool channels_last = problem->w.format == CUDNN_TENSOR_NHWC;
    cudnnDataType_t type = problem->x.type;
    int bit = type == CUDNN_DATA_FLOAT ? F : type == CUDNN_DATA_HALF ? H : B;
    if (!rule->features)
        return "is not implemented";
    if (!(rule->features & bit))
        return "does not support the type";
    if (channels_last && !(rule->features & NHWC))
        return "does not support NHWC";
    if ((rule->features & PACKED) && !dnn_tensor_is_nchw(&problem->x))
        return "requires packed images";
    if (!(rule->features & DILATION) && !channels_last &&
        (convolution->dilation[0] > 1 || convolution->dilation[1] > 1))
        return "does not support dilation";
    if (!(rule->features & STRIDE) && (convolution->stride[0] > 1 || convolution->stride[1] > 1))
        return "does not support strides";
    if (!(rule->features & GROUPS) && convolution->groups > 1)
        return "does not support groups";
    return sizes_fit(problem, rule->sizes) ? NULL : "does not support this filter size or padding";
}

cudnnStatus_t dnn_algo_check(const dnn_call *call, const dnn_problem *problem, int algo)
{
    const dnn_rule *rule = rule_of(problem->pass, algo);
    const char *why = obstacle(problem, rule);
    if (algo < 0 || algo >= dnn_algo_count(problem->pass))
        return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "algorithm %d", algo);
    if (why)
        return dnn_wrong(call, CUDNN_STATUS_NOT_SUPPORTED, "%s %s", rule->name, why);
    return CUDNN_STATUS_SUCCESS;
}

/* The number of elements in the algorithm's temporary matrices. */
static size_t scratch(const dnn_problem *problem, const dnn_rule *rule)
{
    const int *x = problem->x.dims, *y = problem->y.dims;
    const struct cudnnTensorStruct *w = &problem->w.values;
    size_t taps = (size_t)w->dims[2] * (size_t)w->dims[3];
    size_t tiles = (size_t)x[0] * (((size_t)y[2] + 3) / 4) * (((size_t)y[3] + 3) / 4);
    size_t channels = (size_t)x[1] + (size_t)y[1];
    switch (rule->sizes) {
        case SIZE_3: return 16 * (size_t)w->dims[0] * (size_t)w->dims[1];
        case SIZE_3_OR_5: return 36 * (tiles * channels + (size_t)w->dims[0] * (size_t)w->dims[1]);
        case FFT: return 65536 + 2 * 256 * (size_t)x[0] * channels * ((size_t)y[2] + taps);
        case FFT_TILES: return 8192 + 64 * tiles * channels;
        default: return (size_t)y[2] * (size_t)y[3] * (size_t)x[1] * taps;
    }
}

/* Sizes are multiples of 4 bytes only, as odd as cuDNN's may be. */
size_t dnn_algo_workspace(const dnn_problem *problem, int algo)
{
    const dnn_rule *rule = rule_of(problem->pass, algo);
    bool tensor = (rule->features & TENSOR) && problem->convolution.math != CUDNN_FMA_MATH;
    size_t taps = (size_t)problem->w.values.dims[2] * (size_t)problem->w.values.dims[3];
    size_t converted = tensor ? 4 * (size_t)dnn_tensor_count(&problem->w.values) + 12 : 0;
    if (rule->sizes != ANY)
        return 4 * scratch(problem, rule) + converted;
    if (problem->pass == DNN_FORWARD && algo == CUDNN_CONVOLUTION_FWD_ALGO_GEMM)
        return 4 * scratch(problem, rule);
    if (problem->pass == DNN_FILTERS && algo == CUDNN_CONVOLUTION_BWD_FILTER_ALGO_3)
        return 8 * taps + 20;
    if (algo == 1) { /* PRECOMP_GEMM and both ALGO_1: tables of offsets */
        return 4 * taps * (size_t)problem->w.values.dims[1] + 4 * (size_t)problem->y.dims[2] + 36 +
               converted;
    }
    return 0;
}
