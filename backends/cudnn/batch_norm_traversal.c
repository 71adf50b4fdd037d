/* batch_norm_traversal.c: the division of channels among blocks. */
#include "cudnn/batch_norm_traversal.h"

#include <stdio.h>

#include "cudnn/cudnn.h"
#include "gpu/mask.h"

extern const char GPU_TEXT(batch_norm_traversal)[];

/* Blocks that a multiprocessor runs at a time (SUMS_KERNEL). With this many blocks per
 * multiprocessor, a launch that sums has no tail. */
enum { RESIDENT = 3 };
/* A launch that stores values has more blocks than the four that run at a time with up to 64
 * registers per thread, to balance their load. */
enum { VALUES_RESIDENT = 16 };
/* Least rows per thread: enough to keep the memory busy, and to be worth combining. */
enum { LEAST_ROWS = 4 };
/* Up to this many rows per thread, one launch, which reads them twice, finishes before three could
 * start: 64 KiB of octets of halves stay in the L1 cache. */
enum { WHOLE_ROWS = 16 };
/* The kernels' FINISH_SIDE. */
enum { FINISH_SIDE = 8 };

/* Ranks that share their statistics. */
static int32_t ranks_of(const rn_kernel *kernel)
{
    const rn_batch_norm_attrs *a = kernel->desc.attrs;
    int32_t all = cudnn_rank_count(kernel->context);
    return a->synchronised == 0 ? 1 : a->synchronised == 1 || all == 1 ? all : a->synchronised;
}

rn_status cudnn_traversal_check(const char *op, const rn_kernel *kernel)
{
    const rn_tensor_desc *x = kernel->desc.inputs[0];
    int32_t group = ranks_of(kernel), all = cudnn_rank_count(kernel->context);
    if (all % group)
        return gpu_host->fail(RN_E_UNSUPPORTED, "%s: %d ranks are no groups of %d", op, (int)all,
                              (int)group);
    if (x->rank == 4 || x->rank == 2)
        return RN_OK;
    return gpu_host->fail(RN_E_UNSUPPORTED,
                          "%s: x has rank %d, and it takes images (N,C,H,W) or "
                          "rows (N,C)",
                          op, (int)x->rank);
}

/* Parts per column such that each multiprocessor gets `blocks` blocks, but no part is too small. */
static int64_t parts_for(const rn_kernel *kernel, const cudnn_traversal *traversal, int64_t blocks)
{
    int64_t wanted = kernel->context->multiprocessors * blocks / traversal->columns;
    int64_t most = traversal->rows / (CUDNN_GROUP / traversal->side * LEAST_ROWS);
    int64_t parts = wanted < most ? wanted : most;
    return parts > 1 ? parts : 1;
}

cudnn_traversal cudnn_traversal_of(const rn_kernel *kernel)
{
    const rn_tensor_desc *x = kernel->desc.inputs[0]; /* of batch_norm and of its gradient */
    const shape_image s = shape_of_image(x);
    cudnn_traversal traversal = {
        .channels = s.c, .plane = s.h * s.w, .side = 1, .columns = s.c, .vec = 8, .ranks = 1
    };
    traversal.is_last = kernel->is_opaque || traversal.plane == 1;
    if ((traversal.is_last ? s.c : traversal.plane) % 8)
        traversal.vec = 1;
    traversal.rows =
        traversal.is_last ? s.n * traversal.plane : s.n * traversal.plane / traversal.vec;
    if (traversal.is_last) {
        /* Adjacent threads read a cache line: 128 bytes of octets of halves, or about that. */
        int64_t vectors = s.c / traversal.vec, most = traversal.vec == 8 ? 8 : 32;
        while (traversal.side < most && traversal.side < vectors)
            traversal.side *= 2;
        traversal.columns = shape_divide_up(vectors, traversal.side);
    }
    traversal.ranks = ranks_of(kernel);
    traversal.parts = parts_for(kernel, &traversal, RESIDENT);
    traversal.values_parts = parts_for(kernel, &traversal, VALUES_RESIDENT);
    traversal.is_whole = traversal.vec == 8 && traversal.ranks == 1 &&
                         traversal.rows <= CUDNN_GROUP / traversal.side * WHOLE_ROWS;
    return traversal;
}

gpu_code cudnn_traversal_code(const cudnn_traversal *traversal, const char *text,
                              const char *second, const rn_tensor_desc *mask)
{
    /* Kernels test the pointer for a mask, so the same program also serves without one. */
    static const rn_tensor_desc bits = { .dtype = RN_BIT };
    gpu_code code = { { GPU_TEXT(batch_norm_traversal), text, second }, "" };
    snprintf(code.options, sizeof code.options, "-DLAST=%d -DVEC=%d", traversal->is_last,
             (int)traversal->vec);
    gpu_mask_options(mask ? mask : &bits, &code);
    return code;
}

void cudnn_traversal_grid(const cudnn_traversal *traversal, int64_t parts, gpu_launch *launch)
{
    gpu_arg_long(launch, traversal->rows);
    gpu_arg_int(launch, traversal->channels);
    gpu_arg_int(launch, traversal->plane);
    gpu_arg_int(launch, traversal->side);
    gpu_grid_groups(launch, traversal->columns, parts, 1);
}

void cudnn_traversal_values(const cudnn_traversal *traversal, const rn_tensor_desc *x,
                            gpu_launch *launch)
{
    int64_t n = shape_count(x);
    if (traversal->vec == 8) {
        cudnn_traversal_grid(traversal, traversal->values_parts, launch);
        return;
    }
    gpu_arg_long(launch, n);
    gpu_arg_int(launch, traversal->channels);
    gpu_arg_int(launch, traversal->is_last ? 1 : traversal->plane);
    gpu_grid_items(launch, shape_divide_up(n, 8));
}

void cudnn_traversal_finish(const cudnn_traversal *traversal, int64_t n_parts, gpu_launch *launch)
{
    gpu_arg_int(launch, n_parts);
    gpu_arg_int(launch, traversal->channels);
    gpu_grid_groups(launch, shape_divide_up(traversal->channels, FINISH_SIDE), 1, 1);
}

double cudnn_traversal_count(const rn_tensor_desc *x)
{
    return (double)(shape_count(x) / x->shape[1]);
}
