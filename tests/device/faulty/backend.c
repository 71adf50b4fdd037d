/* backend.c: the test backend "faulty": the reference's operators, and one slot that breaks a rule
 * of the ABI. The device's name tells which and how: faulty:run.silent fails and gives no reason,
 * faulty:prepare.null succeeds and makes nothing, faulty:only.forward has no gradients. Without a
 * name, nothing is wrong. */
#include <resnet/capture.h>
#include <resnet/profile.h>
#include <stdlib.h>
#include <string.h>

#include "reference/reference.h"

#define RN_OP(OPERATOR, name, bytes) REFERENCE_##OPERATOR(name)
#define OWN(name) &reference_##name,
#define LACKS(name) NULL,
static const cpu_operator *const OPERATORS[] = {
#include <resnet/operators.h>
};
#undef OWN
#undef LACKS

#define RN_OP(OPERATOR, name, bytes) REFERENCE_##OPERATOR(name)
#include "base/operator_names.h"

/* The texts of devices are short, and a context keeps its own. */
static bool has(const rn_context *context, const char *fault)
{
    return strcmp(context->state, fault) == 0;
}

/* Begins a slot: returns from it where it is to fail silently, or with a status that is none. */
#define SLOT(name)                                                                                 \
    do {                                                                                           \
        if (has(context, name ".silent"))                                                          \
            return RN_E_DEVICE;                                                                    \
        if (has(context, name ".unknown"))                                                         \
            return 77;                                                                             \
        if (has(context, name ".null"))                                                            \
            return RN_OK;                                                                          \
    } while (0)

/* ---- The device ---- */

static rn_status device_info(int32_t index, rn_device_info *info)
{
    return cpu_device_info(index, info, "the reference's operators, one slot wrong");
}

static rn_status open_device(const rn_open_params *params, rn_context **context)
{
    rn_open_params inner = *params;
    if (strcmp(params->device, "open.silent") == 0)
        return RN_E_DEVICE;
    if (strcmp(params->device, "open.garbage") == 0) {
        *context = (rn_context *)(uintptr_t)8;
        return cpu_host->fail(RN_E_DEVICE, "open has failed");
    }
    if (strcmp(params->device, "open.null") == 0)
        return RN_OK;
    inner.device = "";
    rn_status status = cpu_open(&inner, OPERATORS, context);
    if (!status)
        (*context)->state = strdup(params->device);
    return status;
}

static void close_device(rn_context *context)
{
    free(context->state);
    cpu_close(context);
}

static rn_status context_info(rn_context *context, rn_device_info *info)
{
    SLOT("context_info");
    rn_status status = device_info(0, info);
    if (has(context, "context_info.threads"))
        info->threads = -5;
    return status;
}

/* ---- Memory ---- */

static rn_status buffer_create(rn_context *context, uint64_t size_bytes, rn_buffer **buffer)
{
    SLOT("buffer_create");
    return cpu_buffer_create(context, size_bytes, buffer);
}

static rn_status upload(rn_context *context, rn_operand to, const void *from, uint64_t size_bytes)
{
    SLOT("upload");
    return cpu_upload(context, to, from, size_bytes);
}

static rn_status download(rn_context *context, void *to, rn_operand from, uint64_t size_bytes)
{
    SLOT("download");
    return cpu_download(context, to, from, size_bytes);
}

/* ---- Operators ---- */

/* Answers that are none. */
static void spoil(const rn_context *context, rn_op_answer *answer)
{
    static const struct {
        const char *fault;
        int32_t layout;
        uint64_t bytes;
    } layouts[] = {
        { "query.layout_negative", -5, 64 },
        { "query.layout_unknown", 7, 64 },
        { "query.layout_nhwc", RN_LAYOUT_NHWC, 64 },
        { "query.layout_short", RN_LAYOUT_PLAIN, 4 },
        { "query.layout_empty", RN_LAYOUT_OPAQUE, 0 },
        { "query.layout_huge", RN_LAYOUT_OPAQUE, UINT64_MAX },
    };
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
        if (has(context, layouts[i].fault))
            for (int k = 0; k < RN_MAX_OPERANDS; k++) {
                answer->layouts[k] = layouts[i].layout;
                answer->layout_bytes[k] = layouts[i].bytes;
            }
    if (has(context, "query.workspace"))
        answer->workspace_bytes = (uint64_t)1 << 63;
    if (has(context, "query.inplace"))
        answer->inplace_inputs = 0x80000000u;
    if (has(context, "query.varies"))
        answer->deterministic = 0;
    if (has(context, "query.text"))
        memset(answer->algorithm, 'x', sizeof answer->algorithm);
}

/* Backends that lack operators: all that training needs, or all but two. */
static bool lacks(const rn_context *context, const char *op)
{
    if (has(context, "only.forward"))
        return strstr(op, "_grad") || strcmp(op, "sgd") == 0;
    return has(context, "only.two") && strcmp(op, "conv2d") != 0 && strcmp(op, "relu") != 0;
}

static rn_status query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    SLOT("query");
    if (lacks(context, op->op))
        return cpu_host->fail(RN_E_UNSUPPORTED, "there is no %s here", op->op);
    rn_status status = cpu_query(context, op, answer);
    spoil(context, answer);
    return status;
}

static rn_status prepare(rn_context *context, const rn_op_desc *op, rn_kernel **kernel)
{
    SLOT("prepare");
    return cpu_prepare(context, op, kernel);
}

static rn_status run(rn_context *context, rn_kernel *kernel, const rn_operand *operands,
                     rn_operand workspace)
{
    SLOT("run");
    return cpu_run(context, kernel, operands, workspace);
}

static rn_status synchronize(rn_context *context)
{
    SLOT("synchronize");
    return cpu_synchronize(context);
}

/* ---- Extensions ---- */

static rn_status begin(rn_context *context)
{
    SLOT("capture.begin");
    return RN_OK;
}

static rn_status end(rn_context *context, rn_recording **recording)
{
    if (!recording)
        return RN_OK;
    SLOT("capture.end");
    *recording = (rn_recording *)context;
    return RN_OK;
}

static void destroy(rn_context *context, rn_recording *recording)
{
    if ((rn_recording *)context != recording)
        abort();
}

static rn_status launch(rn_context *context, rn_recording *recording)
{
    (void)recording;
    SLOT("capture.launch");
    return RN_OK;
}

static rn_status start(rn_context *context)
{
    SLOT("profile.start");
    return RN_OK;
}

static rn_status stop(rn_context *context, int64_t *n_entries)
{
    SLOT("profile.stop");
    *n_entries = has(context, "profile.stop.negative") ? -1
                 : has(context, "profile.stop.huge")   ? INT64_MAX
                                                       : 1;
    return RN_OK;
}

static rn_status entry(rn_context *context, int64_t index, rn_profile_entry *to)
{
    SLOT("profile.entry");
    to->run = has(context, "profile.entry.run") ? -1 : 0;
    to->start_ns = (uint64_t)index;
    to->end_ns = has(context, "profile.entry.time") ? 0 : (uint64_t)index + 1;
    return RN_OK;
}

static const rn_capture CAPTURE = {
    .size = sizeof CAPTURE, .begin = begin, .end = end, .destroy = destroy, .launch = launch
};
static const rn_profile PROFILE = {
    .size = sizeof PROFILE, .start = start, .stop = stop, .entry = entry
};

static const void *extension(rn_context *context, const char *id)
{
    bool records = strncmp(context->state, "capture.", 8) == 0;
    if (records && strcmp(id, RN_CAPTURE_ID) == 0)
        return &CAPTURE;
    return strcmp(id, RN_PROFILE_ID) == 0 ? &PROFILE : NULL;
}

static const rn_backend FAULTY = {
    .size = sizeof FAULTY,
    .name = "faulty",
    .doc = "The reference's operators, one slot wrong, for tests.",
    .operators = OPERATOR_NAMES,
    .device_count = cpu_device_count,
    .device_info = device_info,
    .context_info = context_info,
    .open = open_device,
    .close = close_device,
    .buffer_create = buffer_create,
    .buffer_destroy = cpu_buffer_destroy,
    .upload = upload,
    .download = download,
    .query = query,
    .prepare = prepare,
    .kernel_destroy = cpu_kernel_destroy,
    .run = run,
    .synchronize = synchronize,
    .extension = extension,
};

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    return cpu_plugin_init(host, plugin, &FAULTY, "0.1.0");
}
