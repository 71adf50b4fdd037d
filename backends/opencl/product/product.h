/* product.h: how the device's products of matrices (product.cl) are divided and launched. */
#ifndef BACKENDS_OPENCL_PRODUCT_PRODUCT_H
#define BACKENDS_OPENCL_PRODUCT_PRODUCT_H

#include "opencl/opencl.h"

extern const char GPU_TEXT(product_product)[];

/* Appends product.cl's options to those of a program. */
void opencl_product_options(const opencl_product *p, gpu_code *code);

/* Groups of a product of so many rows and columns. */
int64_t opencl_product_groups(const opencl_product *p, int64_t m, int64_t n);

/* The grid of a PRODUCT_KERNEL for `m` rows and `n` columns, `batches` times in the third
 * dimension: group (x, y, z) has columns from x * TILE_N and rows from y * TILE_M on. */
void opencl_product_grid(const opencl_product *p, const int64_t m_n_batches[3], gpu_launch *launch);

/* The local memory of a PRODUCT_KERNEL. */
uint64_t opencl_product_local_bytes(const opencl_product *p);

/* The divisions that the device allows: the best guess first, then those that a short search tries,
 * then those of a long search. They leave a quarter of the local memory to the files that use
 * product.cl. */
enum { OPENCL_MAX_PRODUCTS = 16, OPENCL_QUICK_PRODUCTS = 4 };
int32_t opencl_product_list(const rn_context *context, opencl_product list[OPENCL_MAX_PRODUCTS]);

/* ---- tune.c ---- */
/* Finds what suits the device, by default or by the clock: fills context->product. */
rn_status opencl_tune(rn_context *context);

#endif
