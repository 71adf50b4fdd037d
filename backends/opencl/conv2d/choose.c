/* choose.c: which way computes a convolution: by a rule, or by the clock once for each
 * device and shape, and then kept. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/choices.h"
#include "opencl/conv2d/conv2d.h"
#include "opencl/product/tune.h"

#define LIST_WAY(way) &opencl_way_##way,

static const opencl_way *const WAYS[] = { OPENCL_WAYS(LIST_WAY) };

enum { N_WAYS = sizeof WAYS / sizeof *WAYS };

/* Channels below which the transforms of Winograd's take longer than what they save. Zen 4, PoCL,
 * 3x3 on 32x32 pixels: with 16 channels 0.25 ms, without transforms 0.32 ms. */
enum { WINOGRAD_CHANNELS = 16 };

/* Multiplications below which a rule decides, as the clock shows only noise. */
#define MACS_TIMED 1e6

/* What a session may spend; the rest of the minute is for products of matrices (tune.c). */
#define QUICK_NS UINT64_C(30000000000)
#define FULL_NS UINT64_C(35000000000)

/* After one run to warm up, the candidates run in turns, so that a busy moment hits them all alike,
 * so often or so long for each, but once at least; the fastest run of each counts. */
enum { ROUNDS = 5 };
#define CANDIDATE_NS UINT64_C(20000000)
#define MOST_NS UINT64_C(500000000)

/* What was decided in this session, whether or not it could be kept: `prepare` has to take the way
 * whose workspace `query` told. */
struct opencl_decided {
    opencl_decided *next;
    const opencl_way *way;
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

static bool may_take(const rn_kernel *kernel, const opencl_convolution *conv, const opencl_way *way)
{
    const bool direct = kernel->context->convolution == RN_CONVOLUTION_DIRECT;
    return !(direct && way->winograd_tile) && way->fits(kernel, conv);
}

/* The best of Winograd's, if it is wanted or saves something; else the first that fits. */
static const opencl_way *way_by_rule(const rn_kernel *kernel, const opencl_convolution *conv)
{
    const bool takes_winograd = kernel->context->convolution == RN_CONVOLUTION_WINOGRAD ||
                                (conv->c >= WINOGRAD_CHANNELS && conv->k >= WINOGRAD_CHANNELS);
    const opencl_way *direct = NULL, *winograd = NULL;
    for (int i = 0; i < N_WAYS; i++) {
        const opencl_way *way = WAYS[i];
        if (way->by_clock_only || !may_take(kernel, conv, way))
            continue;
        if (!way->winograd_tile)
            direct = direct ? direct : way;
        else if (takes_winograd &&
                 (!winograd || opencl_winograd_products(conv, way->winograd_tile) <
                                   opencl_winograd_products(conv, winograd->winograd_tile)))
            winograd = way;
    }
    return winograd ? winograd : direct;
}

static const opencl_way *way_named(const rn_kernel *kernel, const opencl_convolution *conv,
                                   const char *name)
{
    for (int i = 0; name && i < N_WAYS; i++)
        if (strcmp(WAYS[i]->name, name) == 0 && may_take(kernel, conv, WAYS[i]))
            return WAYS[i];
    return NULL;
}

/* All that the time of a convolution depends on, but for the device. */
static void key_write(const rn_kernel *kernel, const opencl_convolution *conv, char *key,
                      size_t size)
{
    snprintf(key, size,
             "%s|x %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "|y %" PRId64 " %" PRId64
             " %" PRId64 "|kernel %" PRId64 " %" PRId64 "|stride %" PRId64 " %" PRId64
             "|padding %" PRId64 " %" PRId64 "|dilation %" PRId64 " %" PRId64 "|groups %" PRId64
             "|epilogue %d%d%d|%s",
             kernel->desc.op, conv->n, conv->c, conv->h, conv->w, conv->k, conv->p, conv->q,
             conv->r, conv->s, conv->stride[0], conv->stride[1], conv->padding[0], conv->padding[1],
             conv->dilation[0], conv->dilation[1], conv->groups, conv->has_bias, conv->has_z,
             conv->relu, kernel->is_half ? "half" : "float");
}

/* Its own kernel, of which only what the way has prepared is its own. */
typedef struct candidate {
    const opencl_way *way;
    rn_kernel kernel;
    void *state;
    uint64_t best_ns;
} candidate;

/* What the candidates run on: a buffer for each operand, and the largest workspace. */
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
    rn_status status = c->way->run(&c->kernel, c->state, s->operands, s->workspace);
    return status ? status : opencl_synchronize(c->kernel.context);
}

static void candidate_free(candidate *c)
{
    for (int32_t i = 0; i < c->kernel.n_launches; i++)
        opencl_launch_clear(&c->kernel.launches[i]);
    free(c->state);
}

/* One that the device refuses is none. */
static int32_t candidates_make(const rn_kernel *kernel, const opencl_convolution *conv,
                               candidate list[N_WAYS])
{
    int32_t n = 0;
    for (int i = 0; i < N_WAYS; i++) {
        candidate *c = &list[n];
        if (!may_take(kernel, conv, WAYS[i]))
            continue;
        *c = (candidate){ .way = WAYS[i], .kernel = *kernel, .best_ns = UINT64_MAX };
        rn_status status = c->way->prepare(&c->kernel, conv, &c->state);
        for (int32_t l = 0; !status && l < c->kernel.n_launches; l++)
            status = opencl_launch_check(kernel->context, &c->kernel.launches[l]);
        if (status)
            candidate_free(c);
        else
            n++;
    }
    return n;
}

/* Has a candidate run long enough after so many rounds? */
static bool is_timed(int round, uint64_t took_ns)
{
    return took_ns > MOST_NS || (round > ROUNDS && took_ns > CANDIDATE_NS);
}

static rn_status candidates_time(candidate *list, int32_t n, const scratch *s)
{
    uint64_t begin = opencl_host->time_ns(), now = begin;
    for (int round = 0; round < 2 || !is_timed(round, (now - begin) / (uint64_t)n); round++)
        for (int32_t i = 0; i < n; i++) {
            uint64_t start = opencl_host->time_ns();
            rn_status status = candidate_run(&list[i], s);
            now = opencl_host->time_ns();
            if (status)
                return status;
            if (round > 0 && now - start < list[i].best_ns)
                list[i].best_ns = now - start;
        }
    return RN_OK;
}

/* The fastest; NULL where that cannot be told, as for lack of memory. */
static const opencl_way *way_by_clock(const rn_kernel *kernel, const opencl_convolution *conv)
{
    candidate *list = malloc(N_WAYS * sizeof *list);
    if (!list)
        return NULL;
    const int32_t n = candidates_make(kernel, conv, list);
    const opencl_way *best = n == 1 ? list[0].way : NULL;
    uint64_t bytes = 0, best_ns = UINT64_MAX;
    scratch s;
    for (int32_t i = 0; i < n; i++) {
        uint64_t own = opencl_conv2d_way_bytes(kernel, list[i].way, conv);
        bytes = own > bytes ? own : bytes;
    }
    if (n > 1) {
        rn_status status = scratch_make(kernel, bytes, &s);
        if (!status)
            status = candidates_time(list, n, &s);
        for (int32_t i = 0; !status && i < n; i++)
            if (list[i].best_ns < best_ns) {
                best_ns = list[i].best_ns;
                best = list[i].way;
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

/* What was kept, or the fastest, which is kept then. */
static const opencl_way *decide(const rn_kernel *kernel, const opencl_convolution *conv,
                                const char *key)
{
    rn_context *context = kernel->context;
    const opencl_way *way = way_named(kernel, conv, backend_choices_find(context->choices, key));
    const opencl_way *fastest = NULL;
    if (context->tuning == RN_TUNING_OFF || (way && context->tuning != RN_TUNING_FULL))
        return way ? way : way_by_rule(kernel, conv);
    uint64_t begin = opencl_host->time_ns();
    if (has_time(context))
        fastest = way_by_clock(kernel, conv);
    context->timing_ns += opencl_host->time_ns() - begin;
    /* What the rule decides for lack of time is kept, too, so that the next run gives the same
     * bits. */
    way = fastest ? fastest : way ? way : way_by_rule(kernel, conv);
    if (way)
        backend_choices_set(context->choices, key, way->name);
    return way;
}

static const opencl_decided *decided_find(const rn_context *context, const char *key)
{
    for (const opencl_decided *d = context->decided; d; d = d->next)
        if (strcmp(d->key, key) == 0)
            return d;
    return NULL;
}

rn_status opencl_conv2d_choose(const rn_kernel *kernel, const opencl_convolution *conv,
                               const opencl_way **way)
{
    rn_context *context = kernel->context;
    const double macs = (double)conv->n * (double)(conv->k * conv->p * conv->q) *
                        (double)(conv->c / conv->groups * conv->r * conv->s);
    char key[400];
    *way = NULL;
    if (context->convolution != RN_CONVOLUTION_FASTEST || context->deterministic ||
        macs < MACS_TIMED) {
        *way = way_by_rule(kernel, conv);
        return RN_OK;
    }
    key_write(kernel, conv, key, sizeof key);
    const opencl_decided *known = decided_find(context, key);
    if (!known) {
        opencl_decided *made = malloc(sizeof *made + strlen(key) + 1);
        if (!made)
            return opencl_host->fail(RN_E_NOMEM, "no memory to choose among convolutions");
        strcpy(made->key, key);
        made->way = decide(kernel, conv, key);
        made->next = context->decided;
        context->decided = made;
        known = made;
    }
    *way = known->way;
    return RN_OK;
}
