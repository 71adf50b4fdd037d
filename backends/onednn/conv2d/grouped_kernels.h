/* grouped_kernels.h: the inner loops of grouped convolutions, for the instruction set that
 * the processor has. A pixel is 16 channels, of floats unless said otherwise. */
#ifndef BACKENDS_ONEDNN_CONV2D_GROUPED_KERNELS_H
#define BACKENDS_ONEDNN_CONV2D_GROUPED_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

/* How pixel i of a row of inputs and column s of the kernel meet output o. */
enum grouped_kind {
    GROUPED_SAME = 0, /* i = o + s: stride 1 */
    GROUPED_DOWN,     /* i = 2 * o + s: stride 2 */
    GROUPED_UP        /* 2 * i = o + 1 - s: the gradient of data of stride 2, padded by 1 */
};

/* Outputs of a row are computed up to so many beyond its end, and not stored. */
#define GROUPED_BEYOND 3

/* Memory that is wanted next, and comes into the caches while a kernel computes: so many bytes in
 * each step. */
typedef struct grouped_ahead {
    const char *at;
    int64_t bytes;
} grouped_ahead;

#define GROUPED_AHEAD 3

/* One row of outputs: start + the sum over rows of the kernel. */
typedef struct grouped_row {
    enum grouped_kind kind;
    const float *pixels[3];  /* input 0 of each row that takes part */
    const float *weights[3]; /* [input channel of the group][column of the kernel][lane] */
    int64_t n_rows, group;
    const float *start; /* of the lanes */
    float *sums;
    int64_t count;                      /* outputs */
    grouped_ahead ahead[GROUPED_AHEAD]; /* steps are outputs */
} grouped_row;

void onednn_grouped_row_compute(const grouped_row *row);

/* sums[r][j][s][lane] += sum over rows and columns of y of
 * dy's channel j of the lane's group * x[row * x_stride + r][column * x_stride + s][lane]. */
typedef struct grouped_product {
    const float *x, *dy;
    int64_t x_row;    /* floats from row to row of x */
    int64_t x_stride; /* pixels from output to output, in rows and in columns */
    int64_t n_rows, n_columns, group;
    float *sums;
    grouped_ahead ahead[GROUPED_AHEAD]; /* steps are rows of each of 3 passes or more */
} grouped_product;

void onednn_grouped_product_add(const grouped_product *product);

/* y = relu(sums + z), with what there is. */
typedef struct grouped_finish {
    const float *sums;
    const void *z; /* NULL: none */
    void *y;
    uint8_t *mask; /* NULL: none */
    bool mask_is_bytes;
    bool relu;
    bool is_bf16; /* z and y */
    int64_t count;
} grouped_finish;

void onednn_grouped_finish_row(const grouped_finish *finish);

/* to = from, of floats or of bfloat16. */
void onednn_grouped_widen(const void *from, bool is_bf16, int64_t pixels, float *to);

/* sums[lane] += the lane's pixels; a sum of floats, so for few pixels. */
void onednn_grouped_sum(const float *from, int64_t pixels, double *sums);

#endif
