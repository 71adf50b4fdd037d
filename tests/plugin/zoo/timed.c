/* timed.c: a backend that computes with reference.so (whose path is REFERENCE) and opens on any
 * device; its context_info reports the device and the tuning it was opened with. Its profile is
 * simulated: each operator takes 2 ms in a kernel named after the operator, and a convolution
 * another 1 ms in "pad"; ten times as long in the first profile. TIMED_FAULT in the environment
 * names a fault to simulate. With PLAIN defined it offers no optional slot. */
#include <dlfcn.h>
#include <resnet/profile.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "zoo.h"

#define MAX_ENTRIES 4096

typedef rn_status entry_function(const rn_host *host, rn_plugin *plugin);

typedef struct timed_kernel {
    rn_kernel *kernel;
    char op[64];
    int32_t n_inputs;
    uint64_t bytes; /* of the first output */
} timed_kernel;

static rn_backend inner, outer;
static const rn_host *host_table;
static char opened[128]; /* params->device of the last open */
static int32_t tuning;

static rn_status open_any(const rn_open_params *params, rn_context **context)
{
    rn_open_params first = *params;
    first.device = "";
    snprintf(opened, sizeof opened, "%s", params->device);
    tuning = params->tuning;
    return inner.open(&first, context);
}

#ifdef PLAIN
static void add_slots(void)
{
    outer.context_info = NULL;
    outer.extension = NULL;
}
#else
static rn_profile_entry entries[MAX_ENTRIES];
static int64_t n_entries;
static int32_t n_runs, n_starts;
static bool is_on;
static uint64_t now_ns = 1000000;

static bool has_fault(const char *name)
{
    const char *fault = getenv("TIMED_FAULT");
    return fault && strcmp(fault, name) == 0;
}

static rn_status context_info(rn_context *context, rn_device_info *info)
{
    (void)context;
    snprintf(info->name, sizeof info->name, "timed");
    snprintf(info->library, sizeof info->library, "<%.100s> tuning %d", opened, (int)tuning);
    return RN_OK;
}

static rn_status query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    static bool has_searched;
    const struct timespec search = { .tv_nsec = 600000000 };
    if (has_fault("search") && !has_searched)
        nanosleep(&search, NULL);
    has_searched = true;
    rn_status status = inner.query(context, op, answer);
    if (has_fault("varies") && strcmp(op->op, "conv2d_grad_weight") == 0)
        answer->deterministic = 0;
    return status;
}

static rn_status prepare(rn_context *context, const rn_op_desc *op, rn_kernel **kernel)
{
    timed_kernel *timed = calloc(1, sizeof *timed);
    if (!timed)
        return host_table->fail(RN_E_NOMEM, "no memory for a kernel");
    snprintf(timed->op, sizeof timed->op, "%s", op->op);
    timed->n_inputs = op->n_inputs;
    timed->bytes = op->n_outputs ? op->outputs[0]->size_bytes : 0;
    rn_status status = inner.prepare(context, op, &timed->kernel);
    if (status)
        free(timed);
    else
        *kernel = (rn_kernel *)timed;
    return status;
}

static void kernel_destroy(rn_context *context, rn_kernel *kernel)
{
    inner.kernel_destroy(context, ((timed_kernel *)kernel)->kernel);
    free(kernel);
}

/* Adds a kernel of that duration to the profile, followed by 7 ms of idle time. */
static void record(const char *kernel, uint64_t ms)
{
    rn_profile_entry *entry = &entries[n_entries++];
    *entry = (rn_profile_entry){ .size = sizeof *entry, .run = n_runs, .start_ns = now_ns };
    snprintf(entry->kernel, sizeof entry->kernel, "%s", kernel);
    entry->end_ns = now_ns + ms * 1000000 * (n_starts == 1 ? 10 : 1);
    now_ns = entry->end_ns + 7000000;
    if (has_fault("name"))
        memset(entry->kernel, '\xff', sizeof entry->kernel);
    if (has_fault("run"))
        entry->run = 100000;
    if (has_fault("order"))
        entry->end_ns = entry->start_ns - 1;
}

/* Falsifies a result. "offset" adds 1e-3 to a global_avg_pool; "gain" multiplies a filter's
 * gradient by 1.01. */
static rn_status falsify(rn_context *context, const timed_kernel *timed, rn_operand output)
{
    bool offset = has_fault("offset") && strcmp(timed->op, "global_avg_pool") == 0;
    bool gain = has_fault("gain") && strcmp(timed->op, "conv2d_grad_weight") == 0;
    float *numbers = offset || gain ? malloc(timed->bytes) : NULL;
    if (!numbers)
        return RN_OK;
    rn_status status = inner.download(context, numbers, output, timed->bytes);
    for (uint64_t i = 0; i < timed->bytes / sizeof *numbers; i++)
        numbers[i] = offset ? numbers[i] + 1e-3f : numbers[i] * 1.01f;
    if (!status)
        status = inner.upload(context, output, numbers, timed->bytes);
    free(numbers);
    return status;
}

static rn_status run(rn_context *context, rn_kernel *kernel, const rn_operand *operands,
                     rn_operand workspace)
{
    const timed_kernel *timed = (const timed_kernel *)kernel;
    if (is_on && n_entries + 2 <= MAX_ENTRIES) {
        if (strcmp(timed->op, "conv2d") == 0)
            record("pad", 1);
        record(timed->op, 2);
        n_runs++;
    }
    rn_status status = inner.run(context, timed->kernel, operands, workspace);
    return status ? status : falsify(context, timed, operands[timed->n_inputs]);
}

static rn_status start(rn_context *context)
{
    (void)context;
    if (has_fault("start"))
        return host_table->fail(RN_E_DEVICE, "its clock stands still");
    n_entries = n_runs = 0;
    n_starts++;
    is_on = true;
    return RN_OK;
}

static rn_status stop(rn_context *context, int64_t *count)
{
    is_on = false;
    *count = n_entries;
    return inner.synchronize(context);
}

static rn_status entry(rn_context *context, int64_t index, rn_profile_entry *to)
{
    (void)context;
    memcpy(to, &entries[index], sizeof *to < to->size ? sizeof *to : to->size);
    return RN_OK;
}

static const void *extension(rn_context *context, const char *id)
{
    /* As in a later version: longer, with a slot that the host does not know. */
    static struct {
        rn_profile known;
        const char *later;
    } profile;
    (void)context;
    if (strcmp(id, RN_PROFILE_ID) != 0 || has_fault("none"))
        return NULL;
    profile.known = (rn_profile){ .size = has_fault("size") ? 8 : sizeof profile,
                                  .start = start,
                                  .stop = stop,
                                  .entry = has_fault("slot") ? NULL : entry };
    profile.later = "later";
    return &profile;
}

static void add_slots(void)
{
    outer.query = query;
    outer.prepare = prepare;
    outer.kernel_destroy = kernel_destroy;
    outer.run = run;
    outer.extension = extension;
    outer.context_info = context_info;
}
#endif

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    static rn_plugin behind = { .size = sizeof behind };
    void *library = dlopen(REFERENCE, RTLD_NOW | RTLD_LOCAL);
    entry_function *enter = library ? (entry_function *)dlsym(library, RN_PLUGIN_ENTRY_NAME) : NULL;
    if (!enter)
        return host->fail(RN_E_PLUGIN, "%s", dlerror());
    rn_status status = enter(host, &behind);
    if (status)
        return status;
    host_table = host;
    outer = inner = *behind.backend;
    outer.name = "timed";
    outer.open = open_any;
    add_slots();
    zoo_fill(plugin, "timed");
    plugin->backend = &outer;
    return RN_OK;
}
