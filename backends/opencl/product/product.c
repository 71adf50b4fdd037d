/* product.c: the division of products of matrices, as options and as a grid. */
#include "opencl/product/product.h"

#include <stdio.h>
#include <string.h>

void opencl_product_options(const opencl_product *p, gpu_code *code)
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

void opencl_product_grid(const opencl_product *p, const int64_t m_n_batches[3], gpu_launch *launch)
{
    launch->local[0] = (size_t)p->items_n;
    launch->local[1] = (size_t)p->items_m;
    launch->local[2] = 1;
    launch->global[0] = (size_t)(tiles_n(p, m_n_batches[1]) * p->items_n);
    launch->global[1] = (size_t)(tiles_m(p, m_n_batches[0]) * p->items_m);
    launch->global[2] = (size_t)m_n_batches[2];
}

static bool is_panel(const opencl_product *p)
{
    return p->items_m * p->items_n == 1;
}

uint64_t opencl_product_local_bytes(const opencl_product *p)
{
    const uint64_t m = (uint64_t)p->rows * (uint64_t)(p->items_m * p->blocks);
    const uint64_t n = (uint64_t)p->vector * (uint64_t)(p->vectors * p->items_n);
    const uint64_t depth = (uint64_t)p->depth, padding = 4;
    return 4 * (is_panel(p) ? depth * n + m * n : depth * (m + n + 2 * padding));
}

/* Reduces the division until the device allows it. */
static opencl_product made_to_fit(const rn_context *context, opencl_product p)
{
    const opencl_limits *l = &context->limits;
    while ((uint64_t)p.items_m * (uint64_t)p.items_n > l->group_items)
        if (p.items_m >= p.items_n)
            p.items_m /= 2;
        else
            p.items_n /= 2;
    if (is_panel(&p) && !l->is_cpu)
        p.blocks = p.depth = 8;
    while (opencl_product_local_bytes(&p) > l->local_bytes / 4 * 3 && p.depth > 8)
        p.depth /= 2;
    while (opencl_product_local_bytes(&p) > l->local_bytes / 4 * 3 && p.blocks > 1)
        p.blocks /= 2;
    return p;
}

static void list_add(const rn_context *context, opencl_product p, opencl_product *list, int32_t *n)
{
    p = made_to_fit(context, p);
    for (int32_t i = 0; i < *n; i++)
        if (memcmp(&list[i], &p, sizeof p) == 0)
            return;
    if (*n < OPENCL_MAX_PRODUCTS)
        list[(*n)++] = p;
}

/* Blocks of sums that fill the registers of such vectors: 32 of AVX-512, 16 of others. On Zen 4 the
 * first makes 86 GFLOP/s a core of m 256, n 784, k 576, and the others 90, 83, 86, 82, 80, 71. */
static int32_t list_panels(const rn_context *context, opencl_product *list)
{
    cl_uint native = 0;
    cl_device_fp_config config = 0;
    clGetDeviceInfo(context->device, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, sizeof native, &native,
                    NULL);
    clGetDeviceInfo(context->device, CL_DEVICE_SINGLE_FP_CONFIG, sizeof config, &config, NULL);
    const int32_t vector = native >= 16 ? 16 : native >= 8 ? 8 : 4;
    const int32_t rows = vector == 16 ? 8 : 6;
    /* A vector of four is SSE, which may have no such instruction though the device says so. */
    const int32_t fused = vector > 4 && (config & CL_FP_FMA);
    const opencl_product first = { rows, vector, 2, 1, 1, 8, 256, fused };
    const opencl_product all[] = {
        first,
        { rows, vector, 2, 1, 1, 16, 256, fused },
        { rows, vector, 2, 1, 1, 8, 256, vector == 4 ? !fused : fused },
        { 4, vector, vector == 16 ? 4 : 3, 1, 1, 16, 128, fused },
        { rows, vector, 2, 1, 1, 8, 512, fused },
        { rows, vector, 2, 1, 1, 8, 128, fused },
        { 6, vector, 2, 1, 1, 8, 256, fused },
        { 6, vector > 4 ? vector / 2 : 4, 2, 1, 1, 8, 256, fused },
    };
    int32_t n = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        list_add(context, all[i], list, &n);
    return n;
}

/* Tiles of 64 x 64 by 64 items are good anywhere; larger ones read less, smaller blocks need fewer
 * registers, and vectors of one are read by neighbours from neighbouring addresses. */
static int32_t list_tiles(const rn_context *context, opencl_product *list)
{
    static const opencl_product ALL[] = {
        { 8, 4, 2, 8, 8, 1, 8, 0 },   { 8, 4, 2, 16, 16, 1, 8, 0 },  { 4, 4, 1, 16, 16, 1, 16, 0 },
        { 8, 1, 8, 8, 8, 1, 8, 0 },   { 8, 4, 2, 8, 16, 1, 8, 0 },   { 8, 4, 2, 8, 8, 1, 16, 0 },
        { 8, 1, 8, 16, 16, 1, 8, 0 }, { 4, 2, 2, 16, 16, 1, 16, 0 }, { 4, 4, 1, 8, 16, 1, 16, 0 },
        { 4, 4, 1, 8, 8, 1, 16, 0 },  { 8, 2, 4, 16, 16, 1, 8, 0 },  { 4, 1, 4, 16, 16, 1, 16, 0 },
        { 8, 4, 1, 8, 16, 1, 16, 0 }, { 4, 4, 2, 16, 8, 1, 8, 0 },
    };
    int32_t n = 0;
    for (size_t i = 0; i < sizeof ALL / sizeof *ALL; i++)
        list_add(context, ALL[i], list, &n);
    return n;
}

int32_t opencl_product_list(const rn_context *context, opencl_product list[OPENCL_MAX_PRODUCTS])
{
    return context->limits.is_cpu ? list_panels(context, list) : list_tiles(context, list);
}
