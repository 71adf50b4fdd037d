/* gemm.c: how a product of matrices is divided into groups and in depth, and its launches. */
#include "opencl/product/gemm.h"

#include <stdio.h>

#include "opencl/product/product.h"

extern const char GPU_TEXT(product_gemm)[];

/* Parts that a product is divided into in depth: so many that each unit of the device has GROUPS
 * groups, but none shorter than PART_DEPTH, where the sum of the parts would cost as much again. */
enum { GROUPS_CPU = 1, GROUPS_GPU = 4, PART_DEPTH = 128, MAX_PARTS = 32 };

static int64_t parts_of(const rn_context *context, const opencl_gemm *g)
{
    const opencl_product *p = &context->product;
    int64_t groups = opencl_product_groups(p, g->m, g->n) * g->batches;
    int64_t wanted =
        context->limits.compute_units * (int64_t)(context->limits.is_cpu ? GROUPS_CPU : GROUPS_GPU);
    int64_t parts = groups ? wanted / groups : 1, most = g->k / PART_DEPTH;
    most = most < MAX_PARTS ? most : MAX_PARTS;
    parts = parts < most ? parts : most;
    return parts > 1 ? parts : 1;
}

uint64_t opencl_gemm_workspace(const rn_context *context, const opencl_gemm *gemm)
{
    int64_t parts = parts_of(context, gemm);
    return parts > 1 ? gpu_float_bytes(parts * gemm->batches * gemm->m * gemm->n) : 0;
}

static void product_args(const opencl_gemm *g, int64_t parts, gpu_launch *launch)
{
    const int64_t ints[] = { g->m,   g->n,
                             g->k,   g->lda,
                             g->ldb, parts > 1 ? g->n : g->ldc,
                             parts,  shape_divide_up(g->k, parts) };
    for (size_t i = 0; i < sizeof ints / sizeof *ints; i++)
        gpu_arg_int(launch, ints[i]);
    gpu_arg_long(launch, g->a_stride);
    gpu_arg_long(launch, g->b_stride);
    gpu_arg_long(launch, parts > 1 ? g->m * g->n : g->c_stride);
    gpu_arg_int(launch, g->has_bias && parts == 1);
}

static void sum_args(const opencl_gemm *g, int64_t parts, gpu_launch *launch)
{
    const int64_t ints[] = { g->m, g->n, g->ldc, parts };
    for (size_t i = 0; i < sizeof ints / sizeof *ints; i++)
        gpu_arg_int(launch, ints[i]);
    gpu_arg_long(launch, g->c_stride);
    gpu_arg_int(launch, g->batches * g->m * g->n);
    gpu_arg_int(launch, g->has_bias);
    gpu_grid_items(launch, g->batches * g->m * g->n);
}

rn_status opencl_gemm_add(rn_kernel *kernel, const opencl_gemm *gemm, opencl_gemm_plan *plan)
{
    const rn_context *context = kernel->context;
    const int64_t parts = parts_of(context, gemm);
    gpu_code code = { { GPU_TEXT(product_product), GPU_TEXT(product_gemm) }, "" };
    *plan = (opencl_gemm_plan){ NULL, NULL };
    snprintf(code.options, sizeof code.options, "%s%s",
             gemm->a_transposed ? "-DA_TRANSPOSED -DPRODUCT_A_BY_ROWS " : "",
             gemm->b_transposed ? "-DB_TRANSPOSED -DPRODUCT_B_BY_DEPTH " : "");
    opencl_product_options(&context->product, &code);
    rn_status status = gpu_launch_add(kernel, &code, "gemm", 4, &plan->product);
    if (status)
        return status;
    product_args(gemm, parts, plan->product);
    opencl_product_grid(&context->product,
                        (const int64_t[]){ gemm->m, gemm->n, gemm->batches * parts },
                        plan->product);
    if (parts == 1)
        return RN_OK;
    status = gpu_launch_add(kernel, &code, "gemm_sum", 3, &plan->sum);
    if (!status)
        sum_args(gemm, parts, plan->sum);
    return status;
}

rn_status opencl_gemm_run(rn_context *context, const opencl_gemm_plan *plan,
                          const rn_operand operands[4], rn_operand workspace)
{
    const rn_operand to = plan->sum ? workspace : operands[2], bias = operands[3];
    rn_status status = gpu_launch_run(context, plan->product,
                                      (const rn_operand[]){ operands[0], operands[1], to, bias });
    if (status || !plan->sum)
        return status;
    return gpu_launch_run(context, plan->sum, (const rn_operand[]){ workspace, operands[2], bias });
}
