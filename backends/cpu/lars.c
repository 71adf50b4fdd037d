/* lars.c: one step of sgd in place, with a rate for each tensor. With g = gradient / loss scale:
 *
 *     ratio = trust * |p| / (|g| + weight_decay * |p| + epsilon)
 *
 * is a factor of g and of weight_decay in sgd's step; there is none without weight decay, and where
 * a norm is 0. */
#include "base/shape.h"
#include "cpu/operators.h"
#include "cpu/sgd.h"
#include "cpu/sums.h"
#include "cpu/update.h"

/* The norms of the parameter and of the gradient, by blocks. */
typedef struct norms_call {
    const float *param, *gradient;
    int64_t count;
    sums_pair *blocks;
} norms_call;

CPU_CLONES
static void norms_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const norms_call *c = argument;
    (void)thread;
    for (int64_t block = begin; block < end; block++) {
        int64_t first = block * SUMS_BLOCK, last = sums_block_end(block, c->count);
        c->blocks[block].first = sums_squares(c->param, first, last);
        c->blocks[block].second = sums_squares(c->gradient, first, last);
    }
}

static double trust_ratio(const rn_lars_attrs *a, sums_pair squares, double scale)
{
    double param_norm = sqrt(squares.first), gradient_norm = sqrt(squares.second) / scale;
    if (!(param_norm > 0 && gradient_norm > 0))
        return 1;
    return a->trust * param_norm / (gradient_norm + a->weight_decay * param_norm + a->epsilon);
}

static rn_status lars_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    const rn_lars_attrs *a = op->attrs;
    (void)context;
    answer->workspace_bytes =
        (uint64_t)sums_blocks(shape_count(op->inputs[RN_LARS_PARAM])) * sizeof(sums_pair);
    return update_momentum_check(op, a->momentum, RN_LARS_VELOCITY);
}

static void lars_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_lars_attrs *a = kernel->desc.attrs;
    norms_call norms = { operands[RN_AT_LARS_PARAM], operands[RN_AT_LARS_GRADIENT],
                         shape_count(kernel->desc.inputs[RN_LARS_PARAM]), workspace };
    double scale = update_scale(operands[RN_AT_LARS_LOSS_SCALE]), ratio = 1;
    if (!update_is_wanted(operands[RN_AT_LARS_LOSS], operands[RN_AT_LARS_LOSS_SCALE]))
        return;
    if (a->weight_decay != 0) {
        int64_t n_blocks = sums_blocks(norms.count);
        cpu_parallel(kernel->context, n_blocks, norms_work, &norms);
        ratio = trust_ratio(a, sums_of_pairs(norms.blocks, n_blocks), scale);
    }
    cpu_sgd_step step = { .param = operands[RN_AT_LARS_PARAM],
                          .velocity = operands[RN_AT_LARS_VELOCITY],
                          .gradient = norms.gradient,
                          .learning_rate = *(const float *)operands[RN_AT_LARS_LEARNING_RATE],
                          .momentum = (float)a->momentum,
                          .decay = (float)(ratio * a->weight_decay),
                          .unscale = (float)(ratio / scale),
                          .nesterov = a->nesterov };
    cpu_sgd_take(kernel->context, step, norms.count);
}

const cpu_operator cpu_lars = { .query = lars_query, .run = lars_run };
