/* product.h: products of matrices that Winograd's transforms write: panels of LANES
 * columns, row after row. OpenBLAS would copy them into such an order first, which takes as long
 * as the product where a matrix of weights meets few tiles: 256 channels, 48 tiles: 58 GFLOP/s
 * against 95 here. */
#ifndef BACKENDS_CPU_WINOGRAD_PRODUCT_H
#define BACKENDS_CPU_WINOGRAD_PRODUCT_H

#include <stdbool.h>

#include "cpu/winograd/lanes.h"

/* Rows are done so many at a time, so every matrix has room for a multiple of them. */
#define WINOGRAD_ROWS 8

/* c (rows, panels) = sum over depth of a (row, depth) * b (depth, panels), plus what c was where
 * `adds`. Of b and c, depth or row i of panel j is at j * panel + i * LANES. */
typedef struct winograd_product {
    const float *a, *b;
    float *c;
    int64_t a_panel, b_panel, c_panel;
    int64_t n_rows; /* a multiple of WINOGRAD_ROWS */
    int64_t n_panels;
    int64_t depth;
    bool adds;
} winograd_product;

typedef struct winograd_products {
    /* a holds rows: its panels are LANES of depth each, and depth is a multiple of LANES. */
    void (*multiply)(const winograd_product *p);
    /* a holds columns: row r of depth i at i * LANES + r, n_rows at most LANES. */
    void (*multiply_columns)(const winograd_product *p);
} winograd_products;

/* The fastest for this processor. */
const winograd_products *winograd_products_best(void);

#endif
