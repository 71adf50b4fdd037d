/* joint.c: the launch that waits for operators that join it. */
#include "gpu/joint.h"

#include <stdio.h>
#include <string.h>

#include "base/shape.h"
#include "gpu/update.h"

/* ---- The table ---- */

void gpu_joint_row(gpu_joint_table *table, int32_t slots, const rn_operand *operands, int64_t count,
                   int32_t begin)
{
    int32_t i = table->n++;
    table->begin[i] = begin;
    table->count[i] = (int32_t)count;
    table->decay[i] = 0;
    for (int32_t s = 0; s < slots; s++)
        table->at[s][i] = (uint32_t)(operands[s].offset_bytes / 64);
}

static int64_t count_of(const rn_kernel *kernel)
{
    return shape_count(kernel->desc.inputs[0]);
}

static float decay_of(const rn_kernel *kernel)
{
    const gpu_joint_form *form = kernel->type->joint;
    double decay = 0;
    if (form->decay_at)
        memcpy(&decay, (const char *)kernel->desc.attrs + form->decay_at, sizeof decay);
    return (float)decay;
}

/* ---- Who may join ---- */

/* True if the attributes are the same, apart from the weight decay. */
static bool attrs_agree(const gpu_joint_form *form, const char *a, const char *b)
{
    size_t after = form->decay_at ? form->decay_at + sizeof(double) : 0;
    return memcmp(a, b, form->decay_at) == 0 &&
           memcmp(a + after, b + after, form->attrs_bytes - after) == 0;
}

/* True if the tensors' own operands lie in the same buffers, and all others are the same. */
static bool operands_agree(const gpu_joint *joint, int32_t n, const rn_operand *operands)
{
    const int32_t slots = joint->kernel->type->joint->slots;
    for (int32_t i = 0; i < n; i++)
        if (joint->operands[i].buffer != operands[i].buffer ||
            (i >= slots && joint->operands[i].offset_bytes != operands[i].offset_bytes))
            return false;
    return true;
}

/* True if one of the operands shares memory with those of row i, so that order matters. */
static bool row_overlaps(const gpu_joint *joint, int32_t i, const rn_operand *operands,
                         uint64_t bytes)
{
    const int32_t slots = joint->kernel->type->joint->slots;
    for (int32_t s = 0; s < slots; s++) {
        uint64_t begin = (uint64_t)joint->table.at[s][i] * 64;
        uint64_t end = begin + (uint64_t)joint->table.count[i] * sizeof(float);
        for (int32_t k = 0; k < slots; k++)
            if (operands[k].buffer && operands[k].buffer == joint->operands[s].buffer &&
                operands[k].offset_bytes < end && begin < operands[k].offset_bytes + bytes)
                return true;
    }
    return false;
}

static bool can_join(const gpu_joint *joint, const rn_kernel *kernel, const rn_operand *operands)
{
    const gpu_joint_form *form = kernel->type->joint;
    if (joint->kernel->type != kernel->type || joint->table.n == GPU_JOINT_TENSORS ||
        !attrs_agree(form, joint->kernel->desc.attrs, kernel->desc.attrs) ||
        !operands_agree(joint, gpu_kernel_operand_count(kernel), operands))
        return false;
    uint64_t bytes = (uint64_t)count_of(kernel) * sizeof(float);
    for (int32_t i = 0; i < joint->table.n; i++)
        if (row_overlaps(joint, i, operands, bytes))
            return false;
    return true;
}

/* ---- Launches ---- */

rn_status gpu_joint_begin(rn_kernel *kernel, const char *text, const char *function,
                          gpu_launch **launch)
{
    const gpu_code code = gpu_update_code(text, NULL, NULL, NULL);
    return gpu_launch_add(kernel, &code, function, gpu_kernel_operand_count(kernel), launch);
}

void gpu_joint_end(gpu_launch *launch)
{
    gpu_arg_bytes(launch, &(gpu_joint_table){ 0 }, sizeof(gpu_joint_table));
    gpu_grid_groups(launch, 1, 1, 1);
}

rn_status gpu_joint_flush(rn_context *context)
{
    gpu_joint *joint = gpu_joint_of(context);
    if (!joint->kernel)
        return RN_OK;
    gpu_launch *launch = gpu_launch_at(joint->kernel, 0);
    joint->kernel = NULL;
    gpu_arg_last(launch, &joint->table, sizeof joint->table);
    gpu_grid_groups(launch, joint->groups, 1, 1);
    rn_status status = gpu_gradients_wait(context);
    return status ? status : gpu_launch_run(context, launch, joint->operands);
}

rn_status gpu_joint_yield(rn_context *context, const rn_kernel *kernel, const rn_operand *operands)
{
    const gpu_joint *joint = gpu_joint_of(context);
    if (joint->kernel && kernel->type->joint && can_join(joint, kernel, operands))
        return RN_OK;
    return gpu_joint_flush(context);
}

static void start(gpu_joint *joint, rn_kernel *kernel, const rn_operand *operands)
{
    joint->kernel = kernel;
    joint->table.n = joint->groups = 0;
    memcpy(joint->operands, operands,
           (size_t)gpu_kernel_operand_count(kernel) * sizeof *joint->operands);
    for (int32_t s = 0; s < kernel->type->joint->slots; s++)
        joint->operands[s].offset_bytes = 0;
}

rn_status gpu_joint_run(rn_kernel *kernel, const rn_operand *operands)
{
    gpu_joint *joint = gpu_joint_of(kernel->context);
    if (!joint->kernel)
        start(joint, kernel, operands);
    gpu_joint_row(&joint->table, kernel->type->joint->slots, operands, count_of(kernel),
                  joint->groups);
    joint->table.decay[joint->table.n - 1] = decay_of(kernel);
    joint->groups +=
        (int32_t)shape_divide_up(count_of(kernel), 8 * (int64_t)gpu_group(kernel->context));
    return RN_OK;
}

void gpu_joint_drop(rn_context *context)
{
    gpu_joint_of(context)->kernel = NULL;
}
