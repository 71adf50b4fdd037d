/* product.c: the products, once for each width of vectors. */
#include "cpu/winograd/product.h"

/* Vectors of `bytes`; loads at any address that holds a float. */
#define VECTOR(bytes) float __attribute__((vector_size(bytes), aligned(4), may_alias))

/* The small loops must vanish for the sums to stay in registers, also where CFLAGS is -O2: without
 * this a training step takes twice as long then. */
#ifdef __clang__
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

/* Defines BLOCK: sums of `rows` rows and `panels` panels, which stay in registers. */
#define BLOCK(vector, rows, panels, a_row, a_inner)                                                \
    do {                                                                                           \
        enum { parts = LANES * sizeof(float) / sizeof(vector), width = LANES / parts };            \
        vector sum[rows][panels][parts];                                                           \
        UNROLL for (int r = 0; r < rows; r++) UNROLL for (int j = 0; j < panels; j++)              \
            UNROLL for (int v = 0; v < parts; v++) sum[r][j][v] =                                  \
                p->adds ? *(const vector *)(c + j * p->c_panel + r * LANES + v * width)            \
                        : (vector){ 0 };                                                           \
        for (int64_t outer = 0; outer < n_outer; outer++) {                                        \
            const float *from = a + outer * p->a_panel;                                            \
            for (int64_t i = 0; i < n_inner; i++, from += a_inner, b += LANES)                     \
                UNROLL for (int j = 0; j < panels; j++) UNROLL for (int v = 0; v < parts; v++)     \
                {                                                                                  \
                    vector value = *(const vector *)(b + j * p->b_panel + v * width);              \
                    UNROLL for (int r = 0; r < rows; r++) sum[r][j][v] += from[r * a_row] * value; \
                }                                                                                  \
        }                                                                                          \
        UNROLL for (int r = 0; r < rows; r++) UNROLL for (int j = 0; j < panels; j++)              \
                UNROLL for (int v = 0; v < parts; v++) *                                           \
            (vector *)(c + j * p->c_panel + r * LANES + v * width) = sum[r][j][v];                 \
    } while (0)

/* Defines one product: `panels` at a time, the rest one by one. */
#define PRODUCT(name, target, vector, rows, panels, a_row, a_inner, inner, outers)                 \
    target static void name(const winograd_product *p)                                             \
    {                                                                                              \
        const int64_t n_inner = inner, n_outer = outers;                                           \
        int64_t panel = 0;                                                                         \
        for (; panel + panels <= p->n_panels; panel += panels)                                     \
            for (int64_t row = 0; row < p->n_rows; row += rows) {                                  \
                const float *a = p->a + row * a_row, *b = p->b + panel * p->b_panel;               \
                float *c = p->c + panel * p->c_panel + row * LANES;                                \
                BLOCK(vector, rows, panels, a_row, a_inner);                                       \
            }                                                                                      \
        for (; panel < p->n_panels; panel++)                                                       \
            for (int64_t row = 0; row < p->n_rows; row += rows) {                                  \
                const float *a = p->a + row * a_row, *b = p->b + panel * p->b_panel;               \
                float *c = p->c + panel * p->c_panel + row * LANES;                                \
                BLOCK(vector, rows, 1, a_row, a_inner);                                            \
            }                                                                                      \
    }

/* As many sums as the registers hold: 16 of 32, 8 of 16. */
#define PRODUCTS(name, target, vector, rows, panels)                                               \
    PRODUCT(name##_multiply, target, vector, rows, panels, LANES, 1, LANES, p->depth / LANES)      \
    PRODUCT(name##_multiply_columns, target, vector, rows, panels, 1, LANES, p->depth, 1)          \
    static const winograd_products name = { name##_multiply, name##_multiply_columns };

#define NO_TARGET

typedef VECTOR(16) vector_16;
PRODUCTS(portable, NO_TARGET, vector_16, 2, 1)

#ifdef __x86_64__
typedef VECTOR(32) vector_32;
typedef VECTOR(64) vector_64;
PRODUCTS(avx2, __attribute__((target("avx2,fma"))), vector_32, 4, 1)
PRODUCTS(avx512, __attribute__((target("avx512f"))), vector_64, 8, 2)
#endif

const winograd_products *winograd_products_best(void)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f"))
        return &avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return &avx2;
#endif
    return &portable;
}
