/* product.cl: c = a * b of matrices of any origin: the file that uses it says what an element of a
 * and b is, and takes the sums.
 *
 * Options: ROWS, VECTOR, VECTORS, ITEMS_M, ITEMS_N, BLOCKS, DEPTH as in opencl_product. A group
 * computes TILE_M rows and TILE_N columns.
 *
 * With one item a group (processors) that item copies DEPTH rows of its columns of b, a panel, to
 * local memory, and goes through BLOCKS blocks of rows of a, which it reads where they are. */
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define FLOATV JOIN(float, VECTOR)
#define VLOAD(p) JOIN(vload, VECTOR)(0, p)
#define VSTORE(value, p) JOIN(vstore, VECTOR)(value, 0, p)

#define COLUMNS (VECTOR * VECTORS)
#define TILE_M (ROWS * ITEMS_M * BLOCKS)
#define TILE_N (COLUMNS * ITEMS_N)

#define PRODUCT_KERNEL __attribute__((reqd_work_group_size(ITEMS_N, ITEMS_M, 1))) __kernel void

/* The using file's. The sums of a tile run over `depth` in chunks. */
typedef struct product_job product_job;
/* Goes to the chunk that begins at `depth`; how long it is: DEPTH at most, 0 at the end. */
int product_chunk(product_job *job, int depth);
/* a(row, depth) of the chunk; the row exists, depth counts from the chunk's beginning. */
float product_a(const product_job *job, int row, int depth);
/* b(depth, column …) of the chunk, zeros where there is no such column. */
FLOATV product_b(const product_job *job, int depth, int column);
/* Takes the sums of a row at `column` …, of which some may not exist. */
void product_c(const product_job *job, int row, int column, FLOATV sums);

/* Declares the local memory of a kernel. */
#define PRODUCT_LOCAL                     \
    __local float product_panel[DEPTH * TILE_N]; \
    __local float product_sums[TILE_M * TILE_N]

/* The tile whose first row and column are given, of a product with `m` rows. */
#define PRODUCT(job, m, row, column) product(job, m, row, column, product_panel, product_sums)

void product_block(const product_job *job, int4 at, bool first, __local const float *panel,
                   __local float *sums)
{
    /* at: first row, rows that exist, length of the chunk */
    FLOATV sum[ROWS][VECTORS];
    int rows[ROWS];
    for (int i = 0; i < ROWS; i++) {
        rows[i] = min(at.x + i, at.y - 1);
        for (int j = 0; j < VECTORS; j++)
            sum[i][j] = first ? (FLOATV)(0.0f) : VLOAD(sums + i * TILE_N + j * VECTOR);
    }
    for (int d = 0; d < at.z; d++) {
        FLOATV b[VECTORS];
        for (int j = 0; j < VECTORS; j++)
            b[j] = VLOAD(panel + d * TILE_N + j * VECTOR);
        for (int i = 0; i < ROWS; i++) {
            FLOATV a = (FLOATV)(product_a(job, rows[i], d));
            for (int j = 0; j < VECTORS; j++)
                sum[i][j] = MULTIPLY_ADD(a, b[j], sum[i][j]);
        }
    }
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < VECTORS; j++)
            VSTORE(sum[i][j], sums + i * TILE_N + j * VECTOR);
}

void product(product_job *job, int m, int row, int column, __local float *panel,
             __local float *sums)
{
    int length;
    for (int depth = 0; (length = product_chunk(job, depth)) > 0; depth += length) {
        for (int d = 0; d < length; d++)
            for (int j = 0; j < VECTORS; j++)
                VSTORE(product_b(job, d, column + j * VECTOR), panel + d * TILE_N + j * VECTOR);
        for (int block = 0; block < BLOCKS && row + block * ROWS < m; block++)
            product_block(job, (int4)(row + block * ROWS, m, length, 0), depth == 0, panel,
                          sums + block * ROWS * TILE_N);
    }
    for (int i = 0; i < TILE_M && row + i < m; i++)
        for (int j = 0; j < VECTORS; j++)
            product_c(job, row + i, column + j * VECTOR, VLOAD(sums + i * TILE_N + j * VECTOR));
}
