/* clblast_tune.h: the parameters of CLBlast's kernel. */
#ifndef BACKENDS_OPENCL_PRODUCT_CLBLAST_TUNE_H
#define BACKENDS_OPENCL_PRODUCT_CLBLAST_TUNE_H

#include "opencl/opencl.h"

/* Gives CLBlast the parameters that are stored for the device; with --tune=full, searches for them.
 * CLBlast keeps its defaults if none are stored. */
void opencl_clblast_tune(rn_context *context);

#endif
