/* blas.c: the only user of OpenBLAS: matrix products, and the check that they are correct. */
#include <cblas.h>
#include <math.h>
#include <pthread.h>

#include "base/room.h"
#include "cpu_blas/cpu_blas.h"

#define CHECK_MAX 80 /* the longest side of the checked matrices */

void cpu_blas_multiply(const cpu_blas_product *p)
{
    cblas_sgemm(CblasRowMajor, p->a_transposed ? CblasTrans : CblasNoTrans,
                p->b_transposed ? CblasTrans : CblasNoTrans, (blasint)p->m, (blasint)p->n,
                (blasint)p->k, 1.0f, p->a, (blasint)p->a_stride, p->b, (blasint)p->b_stride,
                p->beta, p->c, (blasint)p->c_stride);
}

void cpu_blas_single_thread(void)
{
    openblas_set_num_threads(1);
}

/* Internal functions of OpenBLAS, in no public header; NULL if a build does not export them. */
extern void *blas_memory_alloc(int unused) __attribute__((weak));
extern void blas_memory_free(void *buffer) __attribute__((weak));

/* What one thread takes permanently. If less is available, OpenBLAS retries forever. */
#if defined __powerpc__
#define BUFFER_MB 256
#else
#define BUFFER_MB 128
#endif
#define BUFFERS_MAX 128 /* fits the smallest of OpenBLAS's tables */

rn_status cpu_blas_reserve(int32_t n_threads)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static int32_t n_reserved = 1; /* one is taken when the library is loaded */
    void *buffers[BUFFERS_MAX];
    int32_t n = 0, wanted = n_threads < BUFFERS_MAX ? n_threads : BUFFERS_MAX;
    rn_status status = RN_OK;
    if (!blas_memory_alloc || !blas_memory_free)
        return room_check(cpu_host, (uint64_t)(wanted - 1) * BUFFER_MB + 1, "OpenBLAS");
    pthread_mutex_lock(&lock);
    while (n < wanted && !status) {
        if (n >= n_reserved)
            status = room_check(cpu_host, BUFFER_MB + BUFFER_MB / 8, "OpenBLAS");
        if (!status)
            buffers[n++] = blas_memory_alloc(0);
    }
    n_reserved = n > n_reserved ? n : n_reserved;
    while (n > 0)
        blas_memory_free(buffers[--n]);
    pthread_mutex_unlock(&lock);
    return status;
}

const char *cpu_blas_library(void)
{
    return openblas_get_config();
}

/* The largest difference between a product and a plain loop in double precision. */
static double product_error(const cpu_blas_product *p)
{
    double worst = 0;
    for (int64_t i = 0; i < p->m; i++)
        for (int64_t j = 0; j < p->n; j++) {
            double sum = 0;
            for (int64_t l = 0; l < p->k; l++)
                sum += (double)p->a[p->a_transposed ? l * p->a_stride + i : i * p->a_stride + l] *
                       (double)p->b[p->b_transposed ? j * p->b_stride + l : l * p->b_stride + j];
            double error = fabs(sum - (double)p->c[i * p->c_stride + j]);
            if (!(error <= worst)) /* true for NaN, too */
                worst = error;
        }
    return worst;
}

rn_status cpu_blas_check(void)
{
    static const int64_t sizes[][3] = { { 1, 1, 1 },    { 5, 7, 3 },    { 16, 16, 16 },
                                        { 33, 31, 17 }, { 64, 48, 80 }, { 3, 79, 65 } };
    float a[CHECK_MAX * CHECK_MAX], b[CHECK_MAX * CHECK_MAX], c[CHECK_MAX * CHECK_MAX];
    for (int i = 0; i < CHECK_MAX * CHECK_MAX; i++) {
        a[i] = (float)(i * 37 % 101) / 50.0f - 1.0f;
        b[i] = (float)(i * 53 % 97) / 48.0f - 1.0f;
    }
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int t = 0; t < 4; t++) {
            cpu_blas_product p = { .m = sizes[s][0],
                                   .n = sizes[s][1],
                                   .k = sizes[s][2],
                                   .a = a,
                                   .b = b,
                                   .c = c,
                                   .a_stride = CHECK_MAX,
                                   .b_stride = CHECK_MAX,
                                   .c_stride = CHECK_MAX,
                                   .a_transposed = t & 1,
                                   .b_transposed = t & 2 };
            cpu_blas_multiply(&p);
            double error = product_error(&p);
            if (!(error <= 1e-4))
                return cpu_host->fail(
                    RN_E_DEVICE,
                    "OpenBLAS computes wrong results on this processor: a product of "
                    "%dx%d and %dx%d has an error of %g (%s). Try another core type "
                    "(environment variable OPENBLAS_CORETYPE, for example "
                    "Haswell) or another version of OpenBLAS",
                    (int)p.m, (int)p.k, (int)p.k, (int)p.n, error, cpu_blas_library());
        }
    return RN_OK;
}
