/* add.c: y = a + b; y may be either. Uses the reference's for tensors that are not images. */
#ifdef LANES_SET

CPU_INLINE void LANES_NAME(add_of)(add_call c, int64_t begin, int64_t end, bool bf16)
{
    for (int64_t i = begin; i < end; i++)
        lanes_store(c.y, i, lanes_add(lanes_load(c.a, i, bf16), lanes_load(c.b, i, bf16)), bf16);
}

static void LANES_NAME(add)(const add_call *c, int64_t begin, int64_t end)
{
    if (c->bf16)
        LANES_NAME(add_of)(*c, begin, end, true);
    else
        LANES_NAME(add_of)(*c, begin, end, false);
}

#else
#include "onednn/onednn.h"
#include "reference/reference.h"

typedef struct add_call {
    const void *a, *b;
    void *y;
    bool bf16;
} add_call;

#define LANES_FILE "onednn/add.c"
#include "onednn/lanes_each.h"

static void add_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    LANES_BEST(add)(argument, begin, end);
}

static rn_status add_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    for (int32_t i = 0; i < 3; i++)
        onednn_answer_image(context, op, answer, i);
    return RN_OK;
}

static void add_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_tensor_desc *a = kernel->desc.inputs[RN_ADD_A];
    if (a->layout == RN_LAYOUT_PLAIN) {
        reference_add.run(kernel, operands, workspace);
        return;
    }
    add_call call = { operands[RN_AT_ADD_A], operands[RN_AT_ADD_B], operands[RN_AT_ADD_Y],
                      onednn_is_bf16(a) };
    cpu_parallel(kernel->context, onednn_total_pixels(a), add_work, &call);
}

const cpu_operator onednn_add = { .query = add_query, .run = add_run, .takes_layouts = 1 };
#endif
