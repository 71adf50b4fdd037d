/* source.h: kernels of operators that plugins bring, compiled from their text (source_kernel.h). */
#ifndef BACKENDS_GPU_SOURCE_H
#define BACKENDS_GPU_SOURCE_H

#include <resnet/source_kernel.h>

#include "gpu/kernel.h"

/* The prepare slot of rn_source_kernel. */
rn_status gpu_source_prepare(rn_context *context, const rn_source_desc *source, rn_kernel **kernel);

/* ---- Defined by each backend ---- */

enum { GPU_WRAPPER_BYTES = 8192 };

/* The function to launch for the source's: itself, or one that calls it, whose text goes into
 * `wrapper`, "" before. */
const char *gpu_source_wrap(const rn_source_desc *source, char wrapper[GPU_WRAPPER_BYTES]);

/* Sets the grid, and the memory that a group shares. */
void gpu_source_grid(gpu_launch *launch, const rn_source_desc *source);

#endif
