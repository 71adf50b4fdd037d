/* square_sum.c: adds the squares of all elements of tensors to a total. */
#include "base/shape.h"
#include "cpu/operators.h"
#include "cpu/sums.h"

typedef struct squares_call {
    const rn_op_desc *desc;
    void *const *operands;
    double *sums; /* of the blocks of all tensors, in order */
} squares_call;

static int64_t tensor_blocks(const rn_op_desc *desc, int32_t i)
{
    return sums_blocks(shape_count(desc->inputs[i]));
}

static int64_t all_blocks(const rn_op_desc *desc)
{
    int64_t n = 0;
    for (int32_t i = RN_SQUARE_SUM_X; i < desc->n_inputs; i++)
        n += tensor_blocks(desc, i);
    return n;
}

CPU_CLONES
static void squares_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const squares_call *c = argument;
    int64_t first = 0; /* block of tensor i */
    (void)thread;
    for (int32_t i = RN_SQUARE_SUM_X; i < c->desc->n_inputs; i++) {
        int64_t count = shape_count(c->desc->inputs[i]), next = first + sums_blocks(count);
        for (int64_t at = begin > first ? begin : first; at < end && at < next; at++)
            c->sums[at] = sums_squares(c->operands[i], (at - first) * SUMS_BLOCK,
                                       sums_block_end(at - first, count));
        first = next;
    }
}

static rn_status square_sum_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    (void)context;
    answer->workspace_bytes = (uint64_t)all_blocks(op) * sizeof(double);
    return RN_OK;
}

static void square_sum_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    squares_call call = { &kernel->desc, operands, workspace };
    float *total = operands[RN_AT_SQUARE_SUM_TOTAL];
    int64_t n_blocks = all_blocks(&kernel->desc);
    double sum = (double)*total;
    cpu_parallel(kernel->context, n_blocks, squares_work, &call);
    for (int64_t i = 0; i < n_blocks; i++)
        sum += call.sums[i];
    *total = (float)sum;
}

const cpu_operator cpu_square_sum = { .query = square_sum_query, .run = square_sum_run };
