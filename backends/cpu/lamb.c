/* lamb.c: one step of Adam in place, with a rate for each tensor: with the direction u from adam.h,
 * p -= learning_rate * |p| / |u| * u. The ratio of the norms is left out without weight decay, and
 * where one of them is 0. */
#include "base/shape.h"
#include "cpu/adam.h"
#include "cpu/operators.h"
#include "cpu/sums.h"

_Static_assert((int)RN_LAMB_N_OPERANDS == (int)RN_ADAMW_N_OPERANDS,
               "adam.h reads adamw's operands");

typedef struct lamb_call {
    adam_call adam;
    int64_t count;
    sums_pair *blocks; /* squares of the parameter and of the direction */
} lamb_call;

CPU_CLONES
static void average_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const lamb_call *call = argument;
    const adam_call c = call->adam;
    (void)thread;
    for (int64_t block = begin; block < end; block++) {
        int64_t first = block * SUMS_BLOCK, last = sums_block_end(block, call->count);
        double squares = 0;
#pragma omp simd reduction(+ : squares)
        for (int64_t i = first; i < last; i++) {
            adam_average(&c, i);
            double u = (double)adam_direction(&c, i);
            squares += u * u;
        }
        call->blocks[block].first = sums_squares(c.param, first, last);
        call->blocks[block].second = squares;
    }
}

CPU_CLONES
static void move_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const adam_call c = *(const adam_call *)argument;
    (void)thread;
#pragma omp simd
    for (int64_t i = begin; i < end; i++)
        c.param[i] -= c.learning_rate * adam_direction(&c, i);
}

static double trust_ratio(const rn_adam_attrs *a, sums_pair squares)
{
    if (a->weight_decay == 0 || !(squares.first > 0 && squares.second > 0))
        return 1;
    return sqrt(squares.first / squares.second);
}

static rn_status lamb_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    (void)context;
    answer->workspace_bytes =
        (uint64_t)sums_blocks(shape_count(op->inputs[RN_LAMB_PARAM])) * sizeof(sums_pair);
    return RN_OK;
}

static void lamb_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    lamb_call call = { adam_of(&kernel->desc, operands),
                       shape_count(kernel->desc.inputs[RN_LAMB_PARAM]), workspace };
    int64_t n_blocks = sums_blocks(call.count);
    if (!update_is_wanted(operands[RN_AT_LAMB_LOSS], operands[RN_AT_LAMB_LOSS_SCALE]))
        return;
    cpu_parallel(kernel->context, n_blocks, average_work, &call);
    double ratio = trust_ratio(kernel->desc.attrs, sums_of_pairs(call.blocks, n_blocks));
    call.adam.learning_rate = (float)((double)call.adam.learning_rate * ratio);
    cpu_parallel(kernel->context, call.count, move_work, &call.adam);
}

const cpu_operator cpu_lamb = { .query = lamb_query, .run = lamb_run };
