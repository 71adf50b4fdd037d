/* clblast.h: products of matrices of floats by CLBlast, for who has timed that they are faster.
 *
 * In this order: at prepare, where `opencl_clblast_fits`, opencl_clblast_prepare, and only where
 * that is RN_OK, opencl_clblast_run in the step. CLBlast compiles at every start of the program
 * (seconds; drivers other than PoCL keep what they compiled), so who has a stored choice of
 * another way must not prepare this one. */
#ifndef BACKENDS_OPENCL_PRODUCT_CLBLAST_H
#define BACKENDS_OPENCL_PRODUCT_CLBLAST_H

#include "opencl/product/gemm.h"

/* Is it worth a try? Not with a bias, and on processors only with --tune=full. Compiles nothing.
 * Whether images are float, which CLBlast needs, is the asker's matter. */
bool opencl_clblast_fits(const rn_context *context, const opencl_gemm *gemm);

/* Compiles all that running needs, by a small product. A status other than RN_OK: CLBlast fails on
 * this device, and another way must be taken. */
rn_status opencl_clblast_prepare(rn_context *context, const opencl_gemm *gemm);

/* Enqueues, and allocates nothing. Operands: a, b, c. */
rn_status opencl_clblast_run(rn_context *context, const opencl_gemm *gemm,
                             const rn_operand operands[3]);

/* Before the context is released. */
void opencl_clblast_close(rn_context *context);

/* ---- clblast_tune.c ---- */
/* Gives CLBlast the parameters that are kept for the device, or with --tune=full looks for them.
 * Where nothing is kept, CLBlast's own stay. */
void opencl_clblast_tune(rn_context *context);

#endif
