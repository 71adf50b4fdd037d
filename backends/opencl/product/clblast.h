/* clblast.h: products of matrices of floats by CLBlast, for callers that have timed them to be
 * faster.
 *
 * In prepare: where opencl_clblast_fits, call opencl_clblast_prepare. In the step, and only where
 * that was RN_OK: opencl_clblast_run. CLBlast compiles at every start of the program (seconds;
 * drivers other than PoCL keep what they compiled), so a caller that has a stored choice of another
 * algorithm must not prepare this one. */
#ifndef BACKENDS_OPENCL_PRODUCT_CLBLAST_H
#define BACKENDS_OPENCL_PRODUCT_CLBLAST_H

#include "opencl/product/gemm.h"

/* True if CLBlast is worth trying: not with a bias, and on processors only with --tune=full.
 * Compiles nothing. CLBlast needs images of floats; the caller checks that. */
bool opencl_clblast_fits(const rn_context *context, const opencl_gemm *gemm);

/* Runs a small product, which compiles everything that later runs need. A status other than RN_OK:
 * CLBlast fails on this device, and the caller must use another algorithm. */
rn_status opencl_clblast_prepare(rn_context *context, const opencl_gemm *gemm);

/* Call before the context is released. */
void opencl_clblast_close(rn_context *context);

#endif
