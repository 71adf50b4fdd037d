/* plane_sum.h: how many items add up a plane (plane_sum.cl). */
#ifndef RN_BACKENDS_OPENCL_PLANE_SUM_H
#define RN_BACKENDS_OPENCL_PLANE_SUM_H

#include <stdio.h>

#include "opencl/opencl.h"

/* Work-items per plane: enough that a batch of one fills a GPU. A small plane leaves some idle. */
static inline int32_t opencl_plane_share(const rn_context *context)
{
    if (context->limits.is_cpu)
        return 1;
    return context->group < 32 ? context->group : 32;
}

static inline void opencl_plane_options(const rn_context *context, gpu_code *code)
{
    snprintf(code->options, sizeof code->options, "-DSHARE=%d", (int)opencl_plane_share(context));
}

#endif
