/* backend.c: a backend that passes all calls on to the reference, and makes one mistake. The
 * reference's file is -DREFERENCE="…". */
#define _GNU_SOURCE
#include "backend.h"

#include <dlfcn.h>
#include <unistd.h>

/* After the reference has computed. `before` is what input 4 held. */
static void spoil_results(const call *c, float *before)
{
    int y = c->kernel->n_inputs;
    if (IS(last_element_of_conv2d) && runs(c, "conv2d"))
        change_last(c, y, 1.0f);
    if (IS(scale_of_conv2d_grad_weight) && runs(c, "conv2d_grad_weight"))
        scale(c, y, 1.001f);
    if (IS(writes_after_conv2d) && runs(c, "conv2d"))
        write_after(c, y);
    if (IS(stale_statistics) && runs(c, "batch_norm") && before)
        put(c, RN_BATCH_NORM_RUNNING_VAR, before, 0);
    else
        free(before);
    if (IS(sign_of_batch_norm_grad) && runs(c, "batch_norm_grad"))
        scale(c, y + RN_BATCH_NORM_GRAD_DBIAS, -1.0f);
    if (IS(border_of_avg_pool) && runs(c, "avg_pool"))
        change_last(c, y, 1.5f);
    if (IS(index_of_max_pool) && runs(c, "max_pool"))
        shift_index(c, y + RN_MAX_POOL_INDEX);
    if (IS(mean_of_the_loss) && runs(c, "softmax_cross_entropy"))
        scale(c, y, 2.0f);
    if (IS(scale_of_dlogits) && runs(c, "softmax_cross_entropy_grad"))
        scale(c, y, 1.01f);
    if (IS(bias_of_linear) && runs(c, "linear"))
        change_last(c, y, 1.0f);
    if (IS(mask_of_relu_grad) && runs(c, "relu_grad"))
        change_last(c, y, 0.0f);
    if (IS(order_of_concat) && runs(c, "concat"))
        swap_ends(c, y);
    if (IS(changes_an_input) && runs(c, "add") && c->operands[0].buffer)
        change_last(c, 0, 1.0f);
    if (IS(decay_of_adamw) && runs(c, "adamw"))
        scale(c, RN_ADAMW_PARAM, 1.0005f);
    if (IS(rate_of_sgd) && runs(c, "sgd"))
        change_last(c, RN_SGD_PARAM, 1.0f);
    if (IS(hides_nan) && runs(c, "relu"))
        drop_nan(c, y);
    if (IS(random_bits) && runs(c, "global_avg_pool") && c->kernel->n_runs % 2)
        scale(c, y, 1.0000002f);
}

/* ---- Slots ---- */

static rn_status run(rn_context *context, rn_kernel *kernel, const rn_operand *operands,
                     rn_operand workspace)
{
    const call c = { context, kernel, operands };
    float *before = IS(stale_statistics) && runs(&c, "batch_norm")
                        ? fetch(&c, RN_BATCH_NORM_RUNNING_VAR)
                        : NULL;
    int running = atomic_fetch_add(&n_running, 1);
    if (IS(keeps_to_one_thread)) {
        if (context->has_thread && !pthread_equal(context->thread, pthread_self())) {
            atomic_fetch_sub(&n_running, 1);
            return host->fail(RN_E_DEVICE, "another thread");
        }
        context->thread = pthread_self();
        context->has_thread = true;
    }
    if (IS(allocates_in_run) && runs(&c, "relu"))
        free(fetch(&c, 0));
    if (IS(writes_after_the_workspace) && runs(&c, "add")) {
        static const char zeros[128];
        inner.upload(context->inner, workspace, zeros, sizeof zeros);
    }
    if (IS(needs_clean_memory) && runs(&c, "relu")) {
        float *y = fetch(&c, kernel->n_inputs);
        kernel->decay = y[0]; /* what was there before: NaN or garbage */
        free(y);
    }
    rn_status status = inner.run(context->inner, kernel->inner, operands, workspace);
    kernel->n_runs++;
    if (!status)
        spoil_results(&c, before);
    if (IS(needs_clean_memory) && runs(&c, "relu") && !isnan(kernel->decay))
        change_last(&c, kernel->n_inputs, 1.0f);
    if (IS(shares_state_of_contexts)) {
        usleep(200);
        running |= atomic_load(&n_running) > 1;
        if (running && runs(&c, "relu"))
            change_last(&c, kernel->n_inputs, 1.0f);
    }
    atomic_fetch_sub(&n_running, 1);
    return status;
}

static rn_status query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    static int n_queries;
    if (IS(lists_what_it_declines) && strcmp(op->op, "linear") == 0)
        return host->fail(RN_E_UNSUPPORTED, "linear is not there");
    if (IS(declines_without_a_reason) && strcmp(op->op, "linear") == 0)
        return RN_E_UNSUPPORTED;
    rn_status status = inner.query(context->inner, op, answer);
    if (!status && IS(another_answer) && n_queries++ % 2 && strcmp(op->op, "relu") == 0)
        answer->workspace_bytes = 64;
    if (!status && IS(writes_after_the_workspace) && strcmp(op->op, "add") == 0)
        answer->workspace_bytes = 64;
    if (!status && IS(false_in_place) && strcmp(op->op, "conv2d") == 0)
        answer->inplace_inputs = 1 << RN_CONV2D_X;
    return status;
}

static rn_status prepare(rn_context *context, const rn_op_desc *op, rn_kernel **kernel)
{
    if (IS(declines_in_prepare) && strcmp(op->op, "relu") == 0)
        return host->fail(RN_E_UNSUPPORTED, "relu is not there after all");
    rn_kernel *k = calloc(1, sizeof *k);
    if (!k && !IS(prepares_without_memory))
        return host->fail(RN_E_NOMEM, "no memory for a kernel");
    strncpy(k->op, op->op, sizeof k->op - 1);
    k->n_inputs = op->n_inputs;
    k->n_outputs = op->n_outputs;
    for (int i = 0; i < op->n_inputs + op->n_outputs; i++) {
        const rn_tensor_desc *d = i < op->n_inputs ? op->inputs[i] : op->outputs[i - op->n_inputs];
        k->sizes[i] = d ? d->size_bytes : 0;
    }
    rn_status status = inner.prepare(context->inner, op, &k->inner);
    if (status)
        free(k);
    else
        *kernel = k;
    return status;
}

static void kernel_destroy(rn_context *context, rn_kernel *kernel)
{
    inner.kernel_destroy(context->inner, kernel->inner);
    free(kernel);
}

static void *wait_for_ever(void *argument)
{
    pause();
    return argument;
}

/* What `open` leaves behind. */
static void leak(void)
{
    pthread_t thread;
    static void *volatile memory;
    if (IS(leaks_a_context))
        memory = malloc(100);
    if (IS(leaks_a_file) && dup(0) < 0)
        abort();
    if (IS(leaks_a_thread) && !pthread_create(&thread, NULL, wait_for_ever, NULL))
        pthread_detach(thread);
}

static rn_status open_device(const rn_open_params *params, rn_context **context)
{
    rn_open_params given = *params;
    if (IS(reads_past_the_parameters) && ((const volatile char *)params)[params->size] == 77)
        return RN_E_DEVICE;
    if (IS(opens_any_device))
        given.device = "";
    if (IS(opens_any_precision))
        given.precision = RN_PRECISION_FP32;
    if (IS(one_context) && atomic_load(&n_open))
        return host->fail(RN_E_DEVICE, "there is one context already");
    rn_context *c = calloc(1, sizeof *c);
    if (!c && !IS(opens_without_memory))
        return host->fail(RN_E_NOMEM, "no memory for a context");
    c->inner = NULL;
    rn_status status = inner.open(&given, &c->inner);
    if (status) {
        free(c);
        return status;
    }
    leak();
    atomic_fetch_add(&n_open, 1);
    *context = c;
    return RN_OK;
}

static void close_device(rn_context *context)
{
    atomic_fetch_sub(&n_open, 1);
    inner.close(context->inner);
    free(context);
}

static rn_status device_info(int32_t index, rn_device_info *info)
{
    rn_status status = inner.device_info(index, info);
    if (!status && IS(unfinished_name))
        memset(info->name, 'x', sizeof info->name);
    return status;
}

static rn_status buffer_create(rn_context *context, uint64_t size_bytes, rn_buffer **buffer)
{
    return inner.buffer_create(context->inner, size_bytes, buffer);
}

static void buffer_destroy(rn_context *context, rn_buffer *buffer)
{
    inner.buffer_destroy(context->inner, buffer);
}

static rn_status upload(rn_context *context, rn_operand to, const void *from, uint64_t size_bytes)
{
    return inner.upload(context->inner, to, from, size_bytes);
}

static rn_status download(rn_context *context, void *to, rn_operand from, uint64_t size_bytes)
{
    return inner.download(context->inner, to, from, size_bytes);
}

static rn_status synchronize(rn_context *context)
{
    return inner.synchronize(context->inner);
}

/* ---- Sums over ranks ---- */

/* An rn_rank_sum of the inner context. */
static rn_status sum(void *argument, double *values, int64_t count)
{
    const rn_context *context = argument;
    double *own = malloc((size_t)count * sizeof *own);
    if (!own)
        abort();
    memcpy(own, values, (size_t)count * sizeof *own);
    rn_status status = context->sum(context->argument, values, count);
    for (int64_t i = 0; i < count && IS(statistics_of_one_rank); i++)
        values[i] = own[i] * context->n_ranks;
    free(own);
    return IS(heeds_no_failed_sum) ? RN_OK : status;
}

static void set_sum(rn_context *context, rn_rank_sum *given, void *argument, int32_t n_ranks)
{
    const rn_rank_sums *of_inner = inner.extension(context->inner, RN_RANK_SUMS_ID);
    context->sum = given;
    context->argument = argument;
    context->n_ranks = n_ranks;
    of_inner->set(context->inner, sum, context, n_ranks);
}

static const void *extension(rn_context *context, const char *id)
{
    static const rn_rank_sums rank_sums = { .size = sizeof rank_sums, .set = set_sum };
    (void)context;
    return strcmp(id, RN_RANK_SUMS_ID) == 0 ? &rank_sums : NULL;
}

static const char *names[256];

/* The reference's, but for one. */
static void list_operators(void)
{
    int n = 0;
    for (int i = 0; inner.operators[i] && n < 255; i++)
        if (!IS(accepts_what_it_does_not_list) || strcmp(inner.operators[i], "relu") != 0)
            names[n++] = inner.operators[i];
}

rn_status RN_PLUGIN_ENTRY(const rn_host *given, rn_plugin *plugin)
{
    static rn_backend table;
    rn_plugin of_reference = { .size = sizeof of_reference };
    void *library = dlopen(REFERENCE, RTLD_NOW | RTLD_LOCAL);
    rn_status (*entry)(const rn_host *, rn_plugin *) = NULL;
    void *symbol = library ? dlsym(library, RN_PLUGIN_ENTRY_NAME) : NULL;
    host = given;
    if (!symbol)
        return host->fail(RN_E_PLUGIN, "the reference is not there: %s", dlerror());
    memcpy(&entry, &symbol, sizeof entry);
    rn_status status = entry(given, &of_reference);
    if (status)
        return status;
    inner = *of_reference.backend;
    list_operators();
    table = (rn_backend){
        .size = sizeof table,
        .name = "planted",
        .doc = "The reference with a mistake.",
        .operators = names,
        .device_count = inner.device_count,
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
        .extension = extension,
    };
    plugin->backend = &table;
    return planted_fill(plugin);
}
