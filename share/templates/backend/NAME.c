/* NAME.c: a backend in host memory with three operators: linear, relu and softmax_cross_entropy,
 * which are what `resnet-run eval` needs for a network of linear layers. */
#include <math.h>
#include <resnet/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const rn_host *host;

/* What resnet-run only passes back is ours to define. */
struct rn_context {
    int unused;
};
struct rn_buffer {
    char *bytes;
};

/* A kernel is what `run` needs of an operator: its function and, here, the shapes. */
typedef struct computation computation;
struct rn_kernel {
    const computation *op;
    int32_t n_operands;
    int64_t rows, from, to; /* batch, elements of a sample, results of a sample */
    double smoothing;
};

struct computation {
    const char *name;
    void (*prepare)(const rn_op_desc *op, rn_kernel *kernel);
    void (*run)(const rn_kernel *kernel, char *const *at); /* at: inputs, then outputs; or NULL */
};

/* ---- The operators. What they compute is in resnet-operators(7), their operands in
 * <resnet/operators.h>. ------------------------------------------------------------------------ */
static void linear_run(const rn_kernel *k, char *const *at)
{
    const float *x = (float *)at[RN_AT_LINEAR_X], *w = (float *)at[RN_AT_LINEAR_WEIGHT];
    const float *bias = (float *)at[RN_AT_LINEAR_BIAS]; /* optional: NULL without one */
    float *y = (float *)at[RN_AT_LINEAR_Y];
    for (int64_t n = 0; n < k->rows; n++)
        for (int64_t i = 0; i < k->to; i++) {
            double sum = bias ? bias[i] : 0;
            for (int64_t j = 0; j < k->from; j++)
                sum += (double)x[n * k->from + j] * w[i * k->from + j];
            y[n * k->to + i] = (float)sum;
        }
}

/* y may lie on x. NaN stays NaN. There is a mask in training alone, which we decline. */
static void relu_run(const rn_kernel *k, char *const *at)
{
    const float *x = (float *)at[RN_AT_RELU_X];
    float *y = (float *)at[RN_AT_RELU_Y];
    for (int64_t i = 0; i < k->rows * k->from; i++)
        y[i] = x[i] < 0 ? 0 : x[i];
}

/* The loss of one sample; fills in its probabilities. */
static double sample_loss(const float *x, int32_t label, const rn_kernel *k, float *probabilities)
{
    double largest = x[0], sum = 0, loss = 0;
    for (int64_t i = 1; i < k->from; i++)
        largest = x[i] > largest ? x[i] : largest;
    for (int64_t i = 0; i < k->from; i++)
        sum += exp(x[i] - largest);
    for (int64_t i = 0; i < k->from; i++) {
        double target = k->smoothing / (double)k->from + (i == label ? 1 - k->smoothing : 0);
        double logarithm = x[i] - largest - log(sum);
        loss -= target > 0 ? target * logarithm : 0;
        probabilities[i] = (float)exp(logarithm);
    }
    return loss;
}

static void cross_entropy_run(const rn_kernel *k, char *const *at)
{
    const float *x = (float *)at[RN_AT_SOFTMAX_CROSS_ENTROPY_LOGITS];
    const int32_t *labels = (int32_t *)at[RN_AT_SOFTMAX_CROSS_ENTROPY_LABELS];
    float *probabilities = (float *)at[RN_AT_SOFTMAX_CROSS_ENTROPY_PROBABILITIES];
    double sum = 0;
    for (int64_t n = 0; n < k->rows; n++)
        sum += sample_loss(x + n * k->from, labels[n], k, probabilities + n * k->from);
    *(float *)at[RN_AT_SOFTMAX_CROSS_ENTROPY_LOSS] = (float)(sum / (double)k->rows);
}

/* Attributes are read here, and only as far as their `size` reaches if they came after ABI 0.6. */
static void cross_entropy_prepare(const rn_op_desc *op, rn_kernel *kernel)
{
    kernel->smoothing = ((const rn_cross_entropy_attrs *)op->attrs)->label_smoothing;
}

static const computation computations[] = {
    { "linear", NULL, linear_run },
    { "relu", NULL, relu_run },
    { "softmax_cross_entropy", cross_entropy_prepare, cross_entropy_run },
};

/* The same names, for resnet-plugin info. */
static const char *const names[] = { "linear", "relu", "softmax_cross_entropy", NULL };

static const computation *find(const char *name)
{
    for (size_t i = 0; i < sizeof computations / sizeof *computations; i++)
        if (strcmp(computations[i].name, name) == 0)
            return &computations[i];
    return NULL;
}

/* ---- Devices and memory ------------------------------------------------------------------ */
static rn_status device_count(int32_t *count)
{
    *count = 1;
    return RN_OK;
}

static rn_status device_info(int32_t index, rn_device_info *info)
{
    if (index != 0)
        return host->fail(RN_E_DEVICE, "there is no device %d, only 0", (int)index);
    info->threads = 1;
    snprintf(info->name, sizeof info->name, "one processor");
    snprintf(info->library, sizeof info->library, "plain loops in C");
    return RN_OK;
}

/* What is asked for and not offered is refused, never replaced. */
static rn_status open_device(const rn_open_params *params, rn_context **context)
{
    if (*params->device && strcmp(params->device, "0") != 0)
        return host->fail(RN_E_DEVICE, "there is no device \"%s\", only 0", params->device);
    if (params->precision != RN_PRECISION_FP32)
        return host->fail(RN_E_UNSUPPORTED, "NAME computes in fp32 only");
    *context = calloc(1, sizeof **context);
    return *context ? RN_OK : host->fail(RN_E_NOMEM, "no memory");
}

static void close_device(rn_context *context)
{
    free(context);
}

static rn_status buffer_create(rn_context *context, uint64_t size_bytes, rn_buffer **out)
{
    rn_buffer *buffer = malloc(sizeof *buffer);
    (void)context;
    if (buffer)
        buffer->bytes = aligned_alloc(64, (size_t)((size_bytes + 63) / 64 * 64));
    if (buffer && buffer->bytes) {
        *out = buffer;
        return RN_OK;
    }
    free(buffer);
    return host->fail(RN_E_NOMEM, "no memory for %llu bytes", (unsigned long long)size_bytes);
}

static void buffer_destroy(rn_context *context, rn_buffer *buffer)
{
    (void)context;
    free(buffer->bytes);
    free(buffer);
}

static rn_status upload(rn_context *context, rn_operand to, const void *from, uint64_t size_bytes)
{
    (void)context;
    memcpy(to.buffer->bytes + to.offset_bytes, from, (size_t)size_bytes);
    return RN_OK;
}

static rn_status download(rn_context *context, void *to, rn_operand from, uint64_t size_bytes)
{
    (void)context;
    memcpy(to, from.buffer->bytes + from.offset_bytes, (size_t)size_bytes);
    return RN_OK;
}

/* ---- Kernels ----------------------------------------------------------------------------- */
/* A NULL among the descriptions is an optional operand that is absent. */
static rn_status query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    (void)context;
    if (!find(op->op))
        return host->fail(RN_E_UNSUPPORTED, "NAME has no %s", op->op);
    if (strcmp(op->op, "relu") == 0 && op->outputs[RN_RELU_MASK])
        return host->fail(RN_E_UNSUPPORTED, "NAME has no relu for training");
    answer->deterministic = 1;
    return RN_OK;
}

static int64_t sample_elements(const rn_tensor_desc *desc)
{
    int64_t product = 1;
    for (int32_t i = 1; i < desc->rank; i++)
        product *= desc->shape[i];
    return product;
}

static rn_status prepare(rn_context *context, const rn_op_desc *op, rn_kernel **out)
{
    rn_kernel *kernel = calloc(1, sizeof *kernel);
    (void)context;
    if (!kernel)
        return host->fail(RN_E_NOMEM, "no memory");
    kernel->op = find(op->op);
    kernel->n_operands = op->n_inputs + op->n_outputs;
    kernel->rows = op->inputs[0]->shape[0];
    kernel->from = sample_elements(op->inputs[0]);
    kernel->to = sample_elements(op->outputs[0]);
    if (kernel->op->prepare)
        kernel->op->prepare(op, kernel);
    *out = kernel;
    return RN_OK;
}

static void kernel_destroy(rn_context *context, rn_kernel *kernel)
{
    (void)context;
    free(kernel);
}

static rn_status run(rn_context *context, rn_kernel *kernel, const rn_operand *operands,
                     rn_operand workspace)
{
    char *at[RN_MAX_OPERANDS];
    (void)context;
    (void)workspace;
    for (int i = 0; i < kernel->n_operands; i++)
        at[i] = operands[i].buffer ? operands[i].buffer->bytes + operands[i].offset_bytes : NULL;
    kernel->op->run(kernel, at);
    return RN_OK;
}

/* Everything is done when `run` returns. */
static rn_status synchronize(rn_context *context)
{
    (void)context;
    return RN_OK;
}

static const rn_backend backend = {
    .size = sizeof backend,
    .name = "NAME",
    .doc = "Three operators in plain loops.",
    .operators = names,
    .device_count = device_count,
    .device_info = device_info,
    .open = open_device,
    .close = close_device,
    .buffer_create = buffer_create,
    .buffer_destroy = buffer_destroy,
    .upload = upload,
    .download = download,
    .query = query,
    .prepare = prepare,
    .kernel_destroy = kernel_destroy,
    .run = run,
    .synchronize = synchronize,
};

rn_status RN_PLUGIN_ENTRY(const rn_host *core, rn_plugin *plugin)
{
    host = core;
    plugin->abi_minor = RN_ABI_MINOR;
    plugin->name = "NAME"; /* as the file: NAME.so */
    plugin->version = "0.1.0";
    plugin->doc = "A backend of my own.";
    plugin->backend = &backend;
    return RN_OK;
}
