/* choose.c: which algorithm computes a convolution: by a rule, or by the clock once for each
 * device and shape, and then kept. */
#include "opencl/conv2d/choose.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/choices.h"
#include "opencl/conv2d/winograd.h"
#include "opencl/product/tune.h"

#define LIST(name) &opencl_algorithm_##name,

static const opencl_algorithm *const ALGORITHMS[] = { OPENCL_ALGORITHMS(LIST) };

enum { N_ALGORITHMS = sizeof ALGORITHMS / sizeof *ALGORITHMS };

/* Channels below which the transforms of Winograd's take longer than what they save. Zen 4, PoCL,
 * 3x3 on 32x32 pixels: with 16 channels 0.25 ms, without transforms 0.32 ms. */
enum { WINOGRAD_CHANNELS = 16 };

/* Below so many multiplications timing is only noise, so a rule decides. */
#define MACS_TIMED 1e6

/* What a session may spend; the rest of the minute is for products of matrices (tune.c). */
#define QUICK_NS UINT64_C(30000000000)
#define FULL_NS UINT64_C(35000000000)

/* After one run to warm up, the candidates run in turns, so that a busy moment hits them all alike,
 * so often or so long for each, but once at least; the fastest run of each counts. */
enum { ROUNDS = 5 };
#define CANDIDATE_NS UINT64_C(20000000)
#define MOST_NS UINT64_C(500000000)

/* The choices of this session, whether or not they could be stored: `prepare` must use the
 * algorithm whose workspace `query` reported. */
struct opencl_decided {
    opencl_decided *next;
    const opencl_algorithm *algorithm;
    char key[];
};

void opencl_conv2d_decided_free(opencl_decided *decided)
{
    while (decided) {
        opencl_decided *next = decided->next;
        free(decided);
        decided = next;
    }
}

static bool may_take(const rn_kernel *kernel, const gpu_convolution *conv,
                     const opencl_algorithm *algorithm)
{
    const bool direct = kernel->context->convolution == RN_CONVOLUTION_DIRECT;
    return !(direct && algorithm->winograd_tile) && algorithm->fits(kernel, conv);
}

/* The best of the Winograd algorithms, if wanted or if it saves time; else the first that fits. */
static const opencl_algorithm *algorithm_by_rule(const rn_kernel *kernel,
                                                 const gpu_convolution *conv)
{
    const bool takes_winograd = kernel->context->convolution == RN_CONVOLUTION_WINOGRAD ||
                                (conv->c >= WINOGRAD_CHANNELS && conv->k >= WINOGRAD_CHANNELS);
    const opencl_algorithm *direct = NULL, *winograd = NULL;
    for (int i = 0; i < N_ALGORITHMS; i++) {
        const opencl_algorithm *algorithm = ALGORITHMS[i];
        if (algorithm->by_clock_only || !may_take(kernel, conv, algorithm))
            continue;
        if (!algorithm->winograd_tile)
            direct = direct ? direct : algorithm;
        else if (takes_winograd &&
                 (!winograd || opencl_winograd_products(conv, algorithm->winograd_tile) <
                                   opencl_winograd_products(conv, winograd->winograd_tile)))
            winograd = algorithm;
    }
    return winograd ? winograd : direct;
}

static const opencl_algorithm *algorithm_named(const rn_kernel *kernel, const gpu_convolution *conv,
                                               const char *name)
{
    for (int i = 0; name && i < N_ALGORITHMS; i++)
        if (strcmp(ALGORITHMS[i]->name, name) == 0 && may_take(kernel, conv, ALGORITHMS[i]))
            return ALGORITHMS[i];
    return NULL;
}

/* Everything that the time of a convolution depends on, except the device. */
static void key_write(const rn_kernel *kernel, const gpu_convolution *conv, char *key, size_t size)
{
    snprintf(key, size,
             "%s|x %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "|y %" PRId64 " %" PRId64
             " %" PRId64 "|kernel %" PRId64 " %" PRId64 "|stride %" PRId64 " %" PRId64
             "|padding %" PRId64 " %" PRId64 "|dilation %" PRId64 " %" PRId64 "|groups %" PRId64
             "|epilogue %d%d%d|%s",
             conv->pass == CONV2D_GRAD_INPUT ? "conv2d_grad_input" : kernel->desc.op, conv->n,
             conv->c, conv->h, conv->w, conv->k, conv->p, conv->q, conv->r, conv->s,
             conv->stride[0], conv->stride[1], conv->padding[0], conv->padding[1],
             conv->dilation[0], conv->dilation[1], conv->groups, conv->has_bias, conv->has_z,
             conv->relu, kernel->is_opaque ? "half" : "float");
}

/* An algorithm with a copy of the kernel, in which only what the algorithm prepared is owned. */
typedef struct candidate {
    const opencl_algorithm *algorithm;
    rn_kernel kernel;
    void *state;
    uint64_t best_ns;
} candidate;

/* The memory of the candidates: a buffer for each operand, and the largest workspace. */
typedef struct scratch {
    rn_operand operands[RN_MAX_OPERANDS], workspace;
} scratch;

static rn_status scratch_make(const rn_kernel *kernel, uint64_t workspace_bytes, scratch *s)
{
    const int32_t n = kernel->desc.n_inputs + kernel->desc.n_outputs;
    rn_status status = RN_OK;
    *s = (scratch){ .workspace = { NULL, 0 } };
    for (int32_t i = 0; !status && i < n; i++)
        if (kernel->described->operands[i])
            status = opencl_tune_buffer(kernel->context,
                                        (uint64_t)shape_count(kernel->described->operands[i]) * 4,
                                        &s->operands[i].buffer);
    if (!status && workspace_bytes)
        status = opencl_tune_buffer(kernel->context, workspace_bytes, &s->workspace.buffer);
    return status;
}

static void scratch_free(rn_context *context, scratch *s)
{
    for (int32_t i = 0; i < RN_MAX_OPERANDS; i++)
        opencl_buffer_destroy(context, s->operands[i].buffer);
    opencl_buffer_destroy(context, s->workspace.buffer);
}

static rn_status candidate_run(candidate *c, const scratch *s)
{
    rn_status status = c->algorithm->run(&c->kernel, c->state, s->operands, s->workspace);
    return status ? status : opencl_synchronize(c->kernel.context);
}

static void candidate_free(candidate *c)
{
    gpu_launches_free(&c->kernel);
    free(c->state);
}

/* An algorithm that the device rejects is no candidate. */
static int32_t candidates_make(const rn_kernel *kernel, const gpu_convolution *conv,
                               candidate list[N_ALGORITHMS])
{
    int32_t n = 0;
    for (int i = 0; i < N_ALGORITHMS; i++) {
        candidate *c = &list[n];
        if (!may_take(kernel, conv, ALGORITHMS[i]))
            continue;
        *c = (candidate){ .algorithm = ALGORITHMS[i], .kernel = *kernel, .best_ns = UINT64_MAX };
        rn_status status = c->algorithm->prepare(&c->kernel, conv, &c->state);
        if (!status)
            status = gpu_launches_check(&c->kernel);
        if (status)
            candidate_free(c);
        else
            n++;
    }
    return n;
}

/* True if a candidate has run long enough after so many rounds. */
static bool is_timed(int round, uint64_t took_ns)
{
    return took_ns > MOST_NS || (round > ROUNDS && took_ns > CANDIDATE_NS);
}

static rn_status candidates_time(candidate *list, int32_t n, const scratch *s)
{
    uint64_t begin = gpu_host->time_ns(), now = begin;
    for (int round = 0; round < 2 || !is_timed(round, (now - begin) / (uint64_t)n); round++)
        for (int32_t i = 0; i < n; i++) {
            uint64_t start = gpu_host->time_ns();
            rn_status status = candidate_run(&list[i], s);
            now = gpu_host->time_ns();
            if (status)
                return status;
            if (round > 0 && now - start < list[i].best_ns)
                list[i].best_ns = now - start;
        }
    return RN_OK;
}

/* The fastest algorithm; NULL if it cannot be determined, as when memory is short. */
static const opencl_algorithm *algorithm_by_clock(const rn_kernel *kernel,
                                                  const gpu_convolution *conv)
{
    candidate *list = malloc(N_ALGORITHMS * sizeof *list);
    if (!list)
        return NULL;
    const int32_t n = candidates_make(kernel, conv, list);
    const opencl_algorithm *best = n == 1 ? list[0].algorithm : NULL;
    uint64_t bytes = 0, best_ns = UINT64_MAX;
    scratch s;
    for (int32_t i = 0; i < n; i++) {
        uint64_t needed = opencl_algorithm_bytes(kernel, list[i].algorithm, conv);
        bytes = needed > bytes ? needed : bytes;
    }
    if (n > 1) {
        rn_status status = scratch_make(kernel, bytes, &s);
        if (!status)
            status = candidates_time(list, n, &s);
        for (int32_t i = 0; !status && i < n; i++)
            if (list[i].best_ns < best_ns) {
                best_ns = list[i].best_ns;
                best = list[i].algorithm;
            }
        scratch_free(kernel->context, &s);
    }
    for (int32_t i = 0; i < n; i++)
        candidate_free(&list[i]);
    free(list);
    return best;
}

static bool has_time(const rn_context *context)
{
    return context->timing_ns < (context->tuning == RN_TUNING_FULL ? FULL_NS : QUICK_NS);
}

/* The stored choice, or else the fastest algorithm, which is then stored. */
static const opencl_algorithm *decide(const rn_kernel *kernel, const gpu_convolution *conv,
                                      const char *key)
{
    rn_context *context = kernel->context;
    const opencl_algorithm *algorithm =
        algorithm_named(kernel, conv, choices_find(context->choices, key));
    const opencl_algorithm *fastest = NULL;
    if (context->tuning == RN_TUNING_OFF || (algorithm && context->tuning != RN_TUNING_FULL))
        return algorithm ? algorithm : algorithm_by_rule(kernel, conv);
    uint64_t begin = gpu_host->time_ns();
    if (has_time(context))
        fastest = algorithm_by_clock(kernel, conv);
    context->timing_ns += gpu_host->time_ns() - begin;
    /* What the rule decides for lack of time is kept, too, so that the next run gives the same
     * bits. */
    algorithm = fastest ? fastest : algorithm ? algorithm : algorithm_by_rule(kernel, conv);
    if (algorithm)
        choices_set(context->choices, key, algorithm->name);
    return algorithm;
}

static const opencl_decided *decided_find(const rn_context *context, const char *key)
{
    for (const opencl_decided *d = context->decided; d; d = d->next)
        if (strcmp(d->key, key) == 0)
            return d;
    return NULL;
}

rn_status opencl_conv2d_choose(const rn_kernel *kernel, const gpu_convolution *conv,
                               const opencl_algorithm **algorithm)
{
    rn_context *context = kernel->context;
    const double macs = (double)conv->n * (double)(conv->k * conv->p * conv->q) *
                        (double)(conv->c / conv->groups * conv->r * conv->s);
    char key[400];
    *algorithm = NULL;
    if (context->convolution != RN_CONVOLUTION_FASTEST || context->deterministic ||
        macs < MACS_TIMED) {
        *algorithm = algorithm_by_rule(kernel, conv);
        return RN_OK;
    }
    key_write(kernel, conv, key, sizeof key);
    const opencl_decided *known = decided_find(context, key);
    if (!known) {
        opencl_decided *made = malloc(sizeof *made + strlen(key) + 1);
        if (!made)
            return gpu_host->fail(RN_E_NOMEM, "no memory to choose among convolutions");
        strcpy(made->key, key);
        made->algorithm = decide(kernel, conv, key);
        made->next = context->decided;
        context->decided = made;
        known = made;
    }
    *algorithm = known->algorithm;
    return RN_OK;
}
