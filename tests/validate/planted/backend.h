/* backend.h: the mistakes of the planted backend, and how it changes tensors that the reference has
 * computed. */
#ifndef RN_TESTS_PLANTED_BACKEND_H
#define RN_TESTS_PLANTED_BACKEND_H

#include <math.h>
#include <pthread.h>
#include <resnet/rank_sums.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "planted.h"

enum mistake {
    none,
    last_element_of_conv2d,
    scale_of_conv2d_grad_weight,
    writes_after_conv2d,
    writes_after_the_workspace,
    stale_statistics,
    sign_of_batch_norm_grad,
    border_of_avg_pool,
    index_of_max_pool,
    mean_of_the_loss,
    scale_of_dlogits,
    bias_of_linear,
    mask_of_relu_grad,
    order_of_concat,
    changes_an_input,
    decay_of_adamw,
    rate_of_sgd,
    hides_nan,
    another_answer,
    declines_in_prepare,
    random_bits,
    needs_clean_memory,
    false_in_place,
    allocates_in_run,
    leaks_a_context,
    leaks_a_file,
    leaks_a_thread,
    opens_without_memory,
    prepares_without_memory,
    lists_what_it_declines,
    accepts_what_it_does_not_list,
    declines_without_a_reason,
    opens_any_device,
    opens_any_precision,
    unfinished_name,
    reads_past_the_parameters,
    one_context,
    shares_state_of_contexts,
    keeps_to_one_thread,
    statistics_of_one_rank,
    heeds_no_failed_sum
};

static const rn_host *host;
static rn_backend inner; /* the reference's */
static atomic_int n_open, n_running;

struct rn_context {
    rn_context *inner;
    pthread_t thread;
    bool has_thread;
    void *scratch;
    rn_rank_sum *sum; /* with the next two: given by set_sum */
    void *argument;
    int32_t n_ranks;
};

struct rn_kernel {
    rn_kernel *inner;
    char op[64];
    int n_inputs, n_outputs;
    uint64_t sizes[RN_MAX_OPERANDS];
    float decay; /* of adamw */
    int64_t n_runs;
};

/* ---- Changing tensors ---- */

typedef struct call {
    rn_context *context;
    rn_kernel *kernel;
    const rn_operand *operands;
} call;

static float *fetch(const call *c, int i)
{
    float *data = malloc(c->kernel->sizes[i] + 64);
    if (!data || inner.download(c->context->inner, data, c->operands[i], c->kernel->sizes[i]))
        abort();
    return data;
}

static void put(const call *c, int i, float *data, uint64_t more)
{
    inner.upload(c->context->inner, c->operands[i], data, c->kernel->sizes[i] + more);
    free(data);
}

/* The last element, which loops miss. */
static void change_last(const call *c, int i, float factor)
{
    float *data = fetch(c, i);
    uint64_t n = c->kernel->sizes[i] / sizeof *data;
    data[n - 1] = factor * data[n - 1] + 0.01f;
    put(c, i, data, 0);
}

static void scale(const call *c, int i, float factor)
{
    float *data = fetch(c, i);
    for (uint64_t k = 0; k < c->kernel->sizes[i] / sizeof *data; k++)
        data[k] *= factor;
    put(c, i, data, 0);
}

static void write_after(const call *c, int i)
{
    float *data = fetch(c, i);
    memset((char *)data + c->kernel->sizes[i], 0, 8);
    put(c, i, data, 8);
}

static void shift_index(const call *c, int i)
{
    if (!c->operands[i].buffer)
        return;
    unsigned char *index = (unsigned char *)fetch(c, i);
    index[0] ^= 1;
    put(c, i, (float *)index, 0);
}

static void drop_nan(const call *c, int i)
{
    float *data = fetch(c, i);
    for (uint64_t k = 0; k < c->kernel->sizes[i] / sizeof *data; k++)
        data[k] = isnan(data[k]) ? 0 : data[k];
    put(c, i, data, 0);
}

static void swap_ends(const call *c, int i)
{
    float *data = fetch(c, i);
    uint64_t n = c->kernel->sizes[i] / sizeof *data;
    float first = data[0];
    data[0] = data[n - 1];
    data[n - 1] = first;
    put(c, i, data, 0);
}

static bool runs(const call *c, const char *op)
{
    return strcmp(c->kernel->op, op) == 0;
}

#endif
