/* clblast_tune.h: the parameters of CLBlast's kernel. */
#ifndef BACKENDS_OPENCL_PRODUCT_CLBLAST_TUNE_H
#define BACKENDS_OPENCL_PRODUCT_CLBLAST_TUNE_H

#include "opencl/opencl.h"

/* Gives CLBlast the parameters that are kept for the device, or with --tune=full looks for them.
 * Where nothing is kept, CLBlast's own stay. */
void opencl_clblast_tune(rn_context *context);

#endif
