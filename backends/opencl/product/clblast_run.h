/* clblast_run.h: one product of matrices of floats by CLBlast. */
#ifndef BACKENDS_OPENCL_PRODUCT_CLBLAST_RUN_H
#define BACKENDS_OPENCL_PRODUCT_CLBLAST_RUN_H

#include <clblast_c.h>

#include "opencl/product/gemm.h"

/* RN_OK, or why CLBlast failed. */
rn_status opencl_clblast_check(CLBlastStatusCode code);

/* Enqueues, and allocates nothing. Operands: a, b, c. */
rn_status opencl_clblast_run(rn_context *context, const opencl_gemm *gemm,
                             const rn_operand operands[3]);

#endif
