/* cudnn_rules.c: which algorithm of cuDNN takes which convolution, with how much workspace.
 *
 * Source: the tables of supported algorithms at cudnnConvolutionForward, …BackwardData and
 * …BackwardFilter in NVIDIA's reference of cuDNN 8.9. Where a table says "all" of groups, and only
 * some algorithms are known to do it on real cards, the others are refused here: a caller that asks
 * before it calls does not mind. */
#include "cudnn_sim.h"

enum {
    F = 1,
    H = 2,
    B = 4,        /* types: float, half, bfloat16 */
    LAST = 8,     /* filter and images in NHWC */
    PACKED = 16,  /* x is packed */
    DILATES = 32, /* filters in NCHW with dilation; with NHWC whoever takes that */
    GROUPS = 64,
    STRIDES = 128,
    SORTED = 256, /* deterministic */
    TENSOR = 512  /* has a form on tensor cores */
};

typedef enum dnn_filters { ANY, THREE, THREE_OR_FIVE, FFT, FFT_TILES } dnn_filters;

typedef struct dnn_rule {
    const char *name;
    int can; /* 0: not implemented */
    dnn_filters filters;
} dnn_rule;

static const dnn_rule forward_rules[CUDNN_CONVOLUTION_FWD_ALGO_COUNT] = {
    { "IMPLICIT_GEMM", F | H | B | DILATES | GROUPS | STRIDES | SORTED, ANY },
    { "IMPLICIT_PRECOMP_GEMM", F | H | B | LAST | GROUPS | STRIDES | SORTED | TENSOR, ANY },
    { "GEMM", F | H | B | STRIDES | SORTED, ANY },
    { "DIRECT", 0, ANY },
    { "FFT", F | H | PACKED | SORTED, FFT },
    { "FFT_TILING", F | H | PACKED | SORTED, FFT_TILES },
    { "WINOGRAD", F | H | SORTED, THREE },
    { "WINOGRAD_NONFUSED", F | H | B | SORTED | TENSOR, THREE_OR_FIVE },
};

static const dnn_rule data_rules[CUDNN_CONVOLUTION_BWD_DATA_ALGO_COUNT] = {
    { "ALGO_0", F | H | B | LAST | DILATES | GROUPS | STRIDES, ANY },
    { "ALGO_1", F | H | B | LAST | DILATES | GROUPS | STRIDES | SORTED | TENSOR, ANY },
    { "FFT", F | H | PACKED | SORTED, FFT },
    { "FFT_TILING", F | H | PACKED | SORTED, FFT_TILES },
    { "WINOGRAD", F | H | SORTED, THREE },
    { "WINOGRAD_NONFUSED", F | H | B | SORTED | TENSOR, THREE_OR_FIVE },
};

static const dnn_rule filter_rules[CUDNN_CONVOLUTION_BWD_FILTER_ALGO_COUNT] = {
    { "ALGO_0", F | H | B | LAST | DILATES | GROUPS | STRIDES, ANY },
    { "ALGO_1", F | H | B | LAST | DILATES | GROUPS | STRIDES | SORTED | TENSOR, ANY },
    { "FFT", F | H | PACKED | SORTED, FFT },
    { "ALGO_3", F | H | GROUPS | STRIDES, ANY },
    { "WINOGRAD", 0, ANY },
    { "WINOGRAD_NONFUSED", F | H | B | SORTED | TENSOR, THREE_OR_FIVE },
    { "FFT_TILING", F | H | PACKED | SORTED, FFT_TILES },
};

int dnn_algo_count(dnn_kind kind)
{
    const int counts[] = { CUDNN_CONVOLUTION_FWD_ALGO_COUNT, CUDNN_CONVOLUTION_BWD_DATA_ALGO_COUNT,
                           CUDNN_CONVOLUTION_BWD_FILTER_ALGO_COUNT };
    return counts[kind];
}

static const dnn_rule *rule_of(dnn_kind kind, int algo)
{
    static const dnn_rule none = { "an unknown algorithm", 0, ANY };
    const dnn_rule *rules[] = { forward_rules, data_rules, filter_rules };
    return algo >= 0 && algo < dnn_algo_count(kind) ? &rules[kind][algo] : &none;
}

const char *dnn_algo_name(dnn_kind kind, int algo)
{
    return rule_of(kind, algo)->name;
}

bool dnn_algo_deterministic(dnn_kind kind, int algo)
{
    return rule_of(kind, algo)->can & SORTED;
}

bool dnn_algo_has_tensor_cores(dnn_kind kind, int algo)
{
    return rule_of(kind, algo)->can & TENSOR;
}

static bool filters_fit(const dnn_problem *problem, dnn_filters filters)
{
    const int *w = problem->w.values.dims, *x = problem->x.dims;
    const int *pad = problem->convolution.pad;
    int larger = w[2] > w[3] ? w[2] : w[3];
    switch (filters) {
        case THREE: return w[2] == 3 && w[3] == 3;
        case THREE_OR_FIVE: return w[2] == w[3] && (w[2] == 3 || w[2] == 5);
        case FFT:
            return w[2] > pad[0] && w[3] > pad[1] && x[2] + 2 * pad[0] <= 256 &&
                   x[3] + 2 * pad[1] <= 256;
        case FFT_TILES:
            if (problem->kind == DNN_FILTERS) { /* along one axis only */
                return w[2] > pad[0] && w[3] > pad[1] && larger <= 256 &&
                       ((x[2] == 1 && w[2] == 1) || (x[3] == 1 && w[3] == 1));
            }
            return w[2] > pad[0] && w[3] > pad[1] && larger <= (w[2] == 1 || w[3] == 1 ? 256 : 32);
        default: return true;
    }
}

/* What the algorithm cannot; NULL: it can. */
static const char *obstacle(const dnn_problem *problem, const dnn_rule *rule)
{
    const struct cudnnConvolutionStruct *convolution = &problem->convolution;
    bool last = problem->w.format == CUDNN_TENSOR_NHWC;
    cudnnDataType_t type = problem->x.type;
    int bit = type == CUDNN_DATA_FLOAT ? F : type == CUDNN_DATA_HALF ? H : B;
    if (!rule->can) {
        return "is not implemented";
    }
    if (!(rule->can & bit)) {
        return "does not know the type";
    }
    if (last && !(rule->can & LAST)) {
        return "does not know NHWC";
    }
    if ((rule->can & PACKED) && !dnn_tensor_is_nchw(&problem->x)) {
        return "wants packed images";
    }
    if (!(rule->can & DILATES) && !last &&
        (convolution->dilation[0] > 1 || convolution->dilation[1] > 1)) {
        return "does not dilate";
    }
    if (!(rule->can & STRIDES) && (convolution->stride[0] > 1 || convolution->stride[1] > 1)) {
        return "does not stride";
    }
    if (!(rule->can & GROUPS) && convolution->groups > 1) {
        return "does not know groups";
    }
    return filters_fit(problem, rule->filters) ? NULL : "does not take such filters or padding";
}

cudnnStatus_t dnn_algo_check(const dnn_call *call, const dnn_problem *problem, int algo)
{
    const dnn_rule *rule = rule_of(problem->kind, algo);
    const char *why = obstacle(problem, rule);
    if (algo < 0 || algo >= dnn_algo_count(problem->kind)) {
        return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "algorithm %d", algo);
    }
    if (why) {
        return dnn_wrong(call, CUDNN_STATUS_NOT_SUPPORTED, "%s %s", rule->name, why);
    }
    return CUDNN_STATUS_SUCCESS;
}

/* Elements of the matrices that the algorithm makes. */
static size_t scratch(const dnn_problem *problem, const dnn_rule *rule)
{
    const int *x = problem->x.dims, *y = problem->y.dims;
    const struct cudnnTensorStruct *w = &problem->w.values;
    size_t taps = (size_t)w->dims[2] * (size_t)w->dims[3];
    size_t tiles = (size_t)x[0] * (((size_t)y[2] + 3) / 4) * (((size_t)y[3] + 3) / 4);
    size_t channels = (size_t)x[1] + (size_t)y[1];
    switch (rule->filters) {
        case THREE: return 16 * (size_t)w->dims[0] * (size_t)w->dims[1];
        case THREE_OR_FIVE:
            return 36 * (tiles * channels + (size_t)w->dims[0] * (size_t)w->dims[1]);
        case FFT: return 65536 + 2 * 256 * (size_t)x[0] * channels * ((size_t)y[2] + taps);
        case FFT_TILES: return 8192 + 64 * tiles * channels;
        default: return (size_t)y[2] * (size_t)y[3] * (size_t)x[1] * taps;
    }
}

/* Sizes are as odd as cuDNN's may be: no multiples of more than 4 bytes. */
size_t dnn_algo_workspace(const dnn_problem *problem, int algo)
{
    const dnn_rule *rule = rule_of(problem->kind, algo);
    bool tensor = (rule->can & TENSOR) && problem->convolution.math != CUDNN_FMA_MATH;
    size_t taps = (size_t)problem->w.values.dims[2] * (size_t)problem->w.values.dims[3];
    size_t converted = tensor ? 4 * (size_t)dnn_tensor_count(&problem->w.values) + 12 : 0;
    if (rule->filters != ANY) {
        return 4 * scratch(problem, rule) + converted;
    }
    if (problem->kind == DNN_FORWARD && algo == CUDNN_CONVOLUTION_FWD_ALGO_GEMM) {
        return 4 * scratch(problem, rule);
    }
    if (problem->kind == DNN_FILTERS && algo == CUDNN_CONVOLUTION_BWD_FILTER_ALGO_3) {
        return 8 * taps + 20;
    }
    if (algo == 1) { /* PRECOMP_GEMM and both ALGO_1: tables of offsets */
        return 4 * taps * (size_t)problem->w.values.dims[1] + 4 * (size_t)problem->y.dims[2] + 36 +
               converted;
    }
    return 0;
}
