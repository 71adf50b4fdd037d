/* clblast_run.c: one product of matrices by CLBlast, and its errors. */
#include "opencl/product/clblast_run.h"

rn_status opencl_clblast_check(CLBlastStatusCode code)
{
    if (code == CLBlastSuccess)
        return RN_OK;
    bool memory = code == CLBlastTempBufferAllocFailure || code == CLBlastOpenCLOutOfHostMemory;
    return gpu_host->fail(memory ? RN_E_NOMEM : RN_E_DEVICE,
                          "CLBlast could not multiply matrices: its error %d", (int)code);
}

rn_status opencl_clblast_run(rn_context *context, const opencl_gemm *g,
                             const rn_operand operands[3])
{
    const int64_t c_stride = g->batches > 1 ? g->c_stride : g->m * g->ldc; /* 0 is refused */
    cl_mem memory[3];
    size_t at[3];
    for (int i = 0; i < 3; i++) {
        memory[i] = opencl_memory(operands[i]);
        at[i] = (size_t)(operands[i].offset_bytes / sizeof(float));
    }
    cl_event event;
    CLBlastStatusCode code =
        CLBlastSgemmStridedBatched(CLBlastLayoutRowMajor,
                                   g->a_transposed ? CLBlastTransposeYes : CLBlastTransposeNo,
                                   g->b_transposed ? CLBlastTransposeYes : CLBlastTransposeNo,
                                   (size_t)g->m, (size_t)g->n, (size_t)g->k, 1.0f, memory[0], at[0],
                                   (size_t)g->lda, (size_t)g->a_stride, memory[1], at[1],
                                   (size_t)g->ldb, (size_t)g->b_stride, 0.0f, memory[2], at[2],
                                   (size_t)g->ldc, (size_t)c_stride, (size_t)g->batches,
                                   &context->queue, opencl_record_event(context, &event));
    opencl_record_add(context, "clblast gemm", event);
    return opencl_clblast_check(code);
}
