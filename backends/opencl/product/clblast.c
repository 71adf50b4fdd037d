/* clblast.c: CLBlast in a context: when it is worth a try, and what it compiles. */
#include "opencl/product/clblast.h"

#include <stdatomic.h>

#include "opencl/product/clblast_run.h"
#include "opencl/product/clblast_tune.h"

/* CLBlast keeps what it compiled for the process, by context; contexts that it was used in. */
static atomic_int contexts;

enum { TRIED_EDGE = 8 };

bool opencl_clblast_fits(const rn_context *context, const opencl_gemm *gemm)
{
    return !gemm->has_bias && (!context->limits.is_cpu || context->tuning == RN_TUNING_FULL);
}

/* The other of CLBlast's two kernels allocates in each call. */
static CLBlastStatusCode choose_direct(cl_device_id device)
{
    const char *name = "XGEMM_MIN_INDIRECT_SIZE";
    const size_t never = 1000000;
    return CLBlastOverrideParameters(device, "GemmRoutine", CLBlastPrecisionSingle, 1, &name,
                                     &never);
}

static rn_status begin(rn_context *context)
{
    if (context->uses_clblast)
        return RN_OK;
    rn_status status = opencl_clblast_check(choose_direct(context->device));
    if (status)
        return status;
    context->uses_clblast = true;
    atomic_fetch_add(&contexts, 1);
    opencl_clblast_tune(context);
    return RN_OK;
}

void opencl_clblast_close(rn_context *context)
{
    if (context->uses_clblast && atomic_fetch_sub(&contexts, 1) == 1)
        CLBlastClearCache();
}

rn_status opencl_clblast_prepare(rn_context *context, const opencl_gemm *gemm)
{
    const opencl_gemm tried = { .m = TRIED_EDGE,
                                .n = TRIED_EDGE,
                                .k = TRIED_EDGE,
                                .batches = 1,
                                .a_transposed = gemm->a_transposed,
                                .b_transposed = gemm->b_transposed,
                                .lda = TRIED_EDGE,
                                .ldb = TRIED_EDGE,
                                .ldc = TRIED_EDGE };
    const uint64_t bytes = TRIED_EDGE * TRIED_EDGE * sizeof(float);
    rn_buffer *buffer = NULL;
    rn_status status = begin(context);
    if (!status)
        status = opencl_buffer_create(context, 3 * bytes, &buffer);
    if (!status) {
        const rn_operand a = { buffer, 0 };
        const rn_operand operands[] = { a, gpu_part(a, bytes), gpu_part(a, 2 * bytes) };
        status = opencl_clblast_run(context, &tried, operands);
    }
    if (!status)
        status = opencl_synchronize(context);
    opencl_buffer_destroy(context, buffer);
    return status;
}
