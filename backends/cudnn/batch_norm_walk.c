/* batch_norm_walk.c: the division of channels among blocks. */
#include "cudnn/batch_norm_walk.h"

#include <stdio.h>

#include "cudnn/mask.h"

extern const char GPU_TEXT(batch_norm_walk)[];

/* Blocks of a multiprocessor that run at a time (SUMS_KERNEL): a launch of so many that sums has no
 * tail. */
enum { RESIDENT = 3 };
/* A launch that stores values has more blocks than the four that run at a time with up to 64
 * registers a thread: they even out what each takes. */
enum { VALUES_RESIDENT = 16 };
/* Rows of a thread: enough to keep the memory busy, and to be worth putting together. */
enum { LEAST_ROWS = 4 };
/* Up to so many rows a thread, one launch, which sees them twice, is done sooner than three could
 * begin: 64 KiB of octets of halves stay in the nearest cache. */
enum { WHOLE_ROWS = 16 };
/* FINISH_SIDE of the kernels. */
enum { FINISH_SIDE = 8 };

rn_status cudnn_walk_check(const char *op, const rn_tensor_desc *x)
{
    if (x->rank == 4 || x->rank == 2)
        return RN_OK;
    return gpu_host->fail(RN_E_UNSUPPORTED,
                          "%s: x has rank %d, and it takes images (N,C,H,W) or "
                          "rows (N,C)",
                          op, (int)x->rank);
}

/* Parts of each column such that there are so many blocks on each multiprocessor. */
static int64_t parts_for(const rn_kernel *kernel, const cudnn_walk *walk, int64_t blocks)
{
    int64_t wanted = kernel->context->multiprocessors * blocks / walk->columns;
    int64_t most = walk->rows / (CUDNN_GROUP / walk->side * LEAST_ROWS);
    int64_t parts = wanted < most ? wanted : most;
    return parts > 1 ? parts : 1;
}

cudnn_walk cudnn_walk_of(const rn_kernel *kernel)
{
    const rn_batch_norm_attrs *a = kernel->desc.attrs;
    const rn_tensor_desc *x = kernel->desc.inputs[0]; /* of batch_norm and of its gradient */
    const shape_image s = shape_of_image(x);
    cudnn_walk walk = {
        .channels = s.c, .plane = s.h * s.w, .side = 1, .columns = s.c, .vec = 8, .ranks = 1
    };
    walk.is_last = kernel->is_opaque || walk.plane == 1;
    if ((walk.is_last ? s.c : walk.plane) % 8)
        walk.vec = 1;
    walk.rows = walk.is_last ? s.n * walk.plane : s.n * walk.plane / walk.vec;
    if (walk.is_last) {
        /* Neighbours read a line of the cache: 128 bytes of octets of halves, or about as much. */
        int64_t vectors = s.c / walk.vec, most = walk.vec == 8 ? 8 : 32;
        while (walk.side < most && walk.side < vectors)
            walk.side *= 2;
        walk.columns = shape_divide_up(vectors, walk.side);
    }
    if (a->synchronised)
        walk.ranks = cudnn_rank_count(kernel->context);
    walk.parts = parts_for(kernel, &walk, RESIDENT);
    walk.values_parts = parts_for(kernel, &walk, VALUES_RESIDENT);
    walk.is_whole =
        walk.vec == 8 && walk.ranks == 1 && walk.rows <= CUDNN_GROUP / walk.side * WHOLE_ROWS;
    return walk;
}

gpu_code cudnn_walk_code(const cudnn_walk *walk, const char *text, const rn_tensor_desc *mask)
{
    /* Kernels tell by the pointer whether there is a mask; so they are the same without. */
    static const rn_tensor_desc bits = { .dtype = RN_BIT };
    gpu_code code = { { GPU_TEXT(batch_norm_walk), text }, "" };
    snprintf(code.options, sizeof code.options, "-DLAST=%d -DVEC=%d", walk->is_last,
             (int)walk->vec);
    cudnn_mask_options(mask ? mask : &bits, &code);
    return code;
}

void cudnn_walk_grid(const cudnn_walk *walk, int64_t parts, gpu_launch *launch)
{
    gpu_arg_long(launch, walk->rows);
    gpu_arg_int(launch, walk->channels);
    gpu_arg_int(launch, walk->plane);
    gpu_arg_int(launch, walk->side);
    gpu_grid_groups(launch, walk->columns, parts, 1);
}

void cudnn_walk_values(const cudnn_walk *walk, const rn_tensor_desc *x, gpu_launch *launch)
{
    int64_t n = shape_count(x);
    if (walk->vec == 8) {
        cudnn_walk_grid(walk, walk->values_parts, launch);
        return;
    }
    gpu_arg_long(launch, n);
    gpu_arg_int(launch, walk->channels);
    gpu_arg_int(launch, walk->is_last ? 1 : walk->plane);
    gpu_grid_items(launch, shape_divide_up(n, 8));
}

void cudnn_walk_finish(const cudnn_walk *walk, int64_t n_parts, gpu_launch *launch)
{
    gpu_arg_int(launch, n_parts);
    gpu_arg_int(launch, walk->channels);
    gpu_grid_groups(launch, shape_divide_up(walk->channels, FINISH_SIDE), 1, 1);
}

double cudnn_walk_count(const rn_tensor_desc *x)
{
    return (double)(shape_count(x) / x->shape[1]);
}
