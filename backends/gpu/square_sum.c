/* square_sum.c: adds the squares of tensors to a total. Launch 0 sums parts of them into the
 * workspace, launch 1 adds these up; once for each sequence of tensors in one buffer. */
#include "gpu/joint.h"
#include "gpu/norms.h"
#include "gpu/operators.h"
#include "gpu/update.h"

extern const char GPU_TEXT(reduce)[], GPU_TEXT(square_sum)[];

_Static_assert(RN_MAX_OPERANDS - RN_SQUARE_SUM_X <= GPU_JOINT_TENSORS, "all tensors have a row");

static int64_t part_count(const rn_kernel *kernel)
{
    int64_t parts = 0;
    for (int32_t i = RN_SQUARE_SUM_X; i < kernel->desc.n_inputs; i++)
        parts += gpu_norm_parts(kernel, kernel->desc.inputs[i]);
    return parts;
}

static rn_status query(const rn_kernel *kernel, rn_op_answer *answer)
{
    answer->workspace_bytes = gpu_float_bytes(part_count(kernel));
    return RN_OK;
}

static rn_status prepare(rn_kernel *kernel)
{
    const gpu_code code = gpu_update_code(GPU_TEXT(reduce), GPU_TEXT(square_sum), NULL, NULL);
    gpu_launch *launch;
    rn_status status = gpu_launch_add(kernel, &code, "square_sum_parts", 2, &launch);
    if (status)
        return status;
    gpu_joint_end(launch);
    status = gpu_launch_add(kernel, &code, "square_sum", 2, &launch);
    if (status)
        return status;
    gpu_arg_int(launch, part_count(kernel));
    gpu_grid_groups(launch, 1, 1, 1);
    return RN_OK;
}

/* Fills the table with tensor `first` and those after it in the same buffer. Returns the number of
 * their parts. */
static int32_t rows_fill(const rn_kernel *kernel, const rn_operand *operands, int32_t first,
                         gpu_joint_table *table)
{
    int32_t parts = 0;
    for (int32_t i = first; i < kernel->desc.n_inputs; i++) {
        const rn_tensor_desc *x = kernel->desc.inputs[i];
        if (operands[i].buffer != operands[first].buffer)
            break;
        gpu_joint_row(table, 1, &operands[i], shape_count(x), parts);
        parts += (int32_t)gpu_norm_parts(kernel, x);
    }
    return parts;
}

static rn_status run(rn_kernel *kernel, const rn_operand *operands, rn_operand workspace)
{
    gpu_launch *first = gpu_launch_at(kernel, 0), *second = gpu_launch_at(kernel, 1);
    rn_status status = gpu_gradients_wait(kernel->context);
    for (int32_t i = RN_SQUARE_SUM_X; i < kernel->desc.n_inputs && !status;) {
        gpu_joint_table table = { 0 };
        const int32_t parts = rows_fill(kernel, operands, i, &table);
        const rn_operand sum[] = { { operands[i].buffer, 0 }, workspace };
        const rn_operand add[] = { operands[RN_AT_SQUARE_SUM_TOTAL], workspace };
        gpu_arg_last(first, &table, sizeof table);
        gpu_grid_groups(first, parts, 1, 1);
        status = gpu_launch_run(kernel->context, first, sum);
        if (status)
            break;
        gpu_arg_last(second, &parts, sizeof parts);
        status = gpu_launch_run(kernel->context, second, add);
        i += table.n;
    }
    return status;
}

const gpu_operator gpu_square_sum = { .query = query, .prepare = prepare, .run = run };
