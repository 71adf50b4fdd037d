/* gemm.c: convolutions with kernels of 1x1 that are products of matrices as they lie, an
 * image after the other, by CLBlast. The gradient of weights is none: it is a sum over images. */
#include <stdlib.h>

#include "opencl/conv2d/algorithm.h"
#include "opencl/product/clblast.h"
#include "opencl/product/clblast_run.h"

static opencl_gemm gemm_of(const gpu_convolution *conv)
{
    const bool forward = conv->pass == CONV2D_FORWARD;
    const int64_t pixels = conv->h * conv->w, rows = forward ? conv->k : conv->c;
    const int64_t depth = forward ? conv->c : conv->k;
    return (opencl_gemm){ .m = rows,
                          .n = pixels,
                          .k = depth,
                          .batches = conv->n,
                          .a_transposed = !forward,
                          .lda = conv->c,
                          .ldb = pixels,
                          .ldc = pixels,
                          .b_stride = depth * pixels,
                          .c_stride = rows * pixels };
}

static bool is_product(const gpu_convolution *conv)
{
    bool same = conv->r == 1 && conv->s == 1 && conv->p == conv->h && conv->q == conv->w;
    for (int i = 0; i < 2; i++)
        same = same && conv->stride[i] == 1 && conv->padding[i] == 0;
    return same && conv->groups == 1 && conv->pass != CONV2D_GRAD_WEIGHT;
}

static bool fits(const rn_kernel *kernel, const gpu_convolution *conv)
{
    if (!is_product(conv) || kernel->is_opaque || conv->has_bias || conv->has_z || conv->relu ||
        conv->sums)
        return false;
    const opencl_gemm gemm = gemm_of(conv);
    return opencl_clblast_fits(kernel->context, &gemm);
}

static rn_status prepare(rn_kernel *kernel, const gpu_convolution *conv, void **state)
{
    opencl_gemm *gemm = malloc(sizeof *gemm);
    if (!gemm)
        return gpu_host->fail(RN_E_NOMEM, "no memory for a convolution");
    *gemm = gemm_of(conv);
    *state = gemm;
    return opencl_clblast_prepare(kernel->context, gemm);
}

static rn_status run(rn_kernel *kernel, const void *state, const rn_operand *operands,
                     rn_operand workspace)
{
    const opencl_gemm *gemm = state;
    const rn_operand forward[3] = { operands[RN_AT_CONV2D_WEIGHT], operands[RN_AT_CONV2D_X],
                                    operands[RN_AT_CONV2D_Y] };
    const rn_operand grad_input[3] = { operands[RN_AT_CONV2D_GRAD_INPUT_WEIGHT],
                                       operands[RN_AT_CONV2D_GRAD_INPUT_DY],
                                       operands[RN_AT_CONV2D_GRAD_INPUT_DX] };
    (void)workspace;
    return opencl_clblast_run(kernel->context, gemm, gemm->a_transposed ? grad_input : forward);
}

const opencl_algorithm opencl_algorithm_clblast = {
    .name = "clblast", .fits = fits, .prepare = prepare, .run = run, .by_clock_only = true
};
