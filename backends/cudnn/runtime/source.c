/* source.c: the extension that compiles kernels of plugins. */
#include "gpu/source.h"

#include "cudnn/cudnn.h"

const char *gpu_source_wrap(const rn_source_desc *source, char wrapper[GPU_WRAPPER_BYTES])
{
    (void)wrapper;
    return source->entry;
}

void gpu_source_grid(gpu_launch *launch, const rn_source_desc *source)
{
    for (int32_t i = 0; i < 3; i++) {
        launch->grid[i] = source->launch->groups[i];
        launch->block[i] = source->launch->group[i];
    }
    launch->shared_bytes = (int32_t)source->launch->local_bytes;
}

static rn_status prepare(rn_context *context, const rn_source_desc *source, rn_kernel **kernel)
{
    *kernel = NULL;
    rn_status status = cudnn_enter(context);
    return status ? status : gpu_source_prepare(context, source, kernel);
}

const rn_source_kernel cudnn_source_kernel = { .size = sizeof cudnn_source_kernel,
                                               .language = RN_SOURCE_CUDA,
                                               .prepare = prepare };
