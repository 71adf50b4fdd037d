/* product.c: the division of products of matrices, as options and as a grid. */
#include "opencl/product.h"

#include <stdio.h>
#include <string.h>

void opencl_product_options(const opencl_product *p, opencl_code *code)
{
    size_t used = strlen(code->options);
    snprintf(code->options + used, sizeof code->options - used,
             " -DROWS=%d -DVECTOR=%d -DVECTORS=%d -DITEMS_M=%d -DITEMS_N=%d -DBLOCKS=%d -DDEPTH=%d"
             "%s",
             (int)p->rows, (int)p->vector, (int)p->vectors, (int)p->items_m, (int)p->items_n,
             (int)p->blocks, (int)p->depth, p->fused ? " -DFUSED" : "");
}

static int64_t tiles_m(const opencl_product *p, int64_t m)
{
    return shape_divide_up(m, (int64_t)p->rows * p->items_m * p->blocks);
}

static int64_t tiles_n(const opencl_product *p, int64_t n)
{
    return shape_divide_up(n, (int64_t)p->vector * p->vectors * p->items_n);
}

int64_t opencl_product_groups(const opencl_product *p, int64_t m, int64_t n)
{
    return tiles_m(p, m) * tiles_n(p, n);
}

void opencl_product_grid(const opencl_product *p, const int64_t m_n_batches[3],
                         opencl_launch *launch)
{
    launch->local[0] = (size_t)p->items_n;
    launch->local[1] = (size_t)p->items_m;
    launch->local[2] = 1;
    launch->global[0] = (size_t)(tiles_n(p, m_n_batches[1]) * p->items_n);
    launch->global[1] = (size_t)(tiles_m(p, m_n_batches[0]) * p->items_m);
    launch->global[2] = (size_t)m_n_batches[2];
}

rn_status opencl_tune(rn_context *context)
{
    context->product = (opencl_product){ .rows = 8, .vector = 16, .vectors = 2, .items_m = 1,
                                         .items_n = 1, .blocks = 8, .depth = 256, .fused = 1 };
    return RN_OK;
}
