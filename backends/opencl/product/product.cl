/* product.cl: c = a * b for matrices from any source. The including program defines how to read
 * elements of a and b, and what to do with the sums.
 *
 * Options: ROWS, VECTOR, VECTORS, ITEMS_M, ITEMS_N, BLOCKS, DEPTH, FUSED as in opencl_product.
 * A group computes TILE_M rows and TILE_N columns, and goes through the depth in chunks. Each item
 * keeps ROWS rows and VECTORS * VECTOR columns of sums in registers.
 *
 * With one item per group (processors), the item copies a chunk of its columns of b, a panel, to
 * local memory, and goes through BLOCKS blocks of rows of a, which it reads in place.
 *
 * With more items per group (GPUs), the items together copy a chunk of their rows and columns to
 * local memory while they sum the chunk before. PRODUCT_A_BY_ROWS: neighbours of a in memory are
 * rows; PRODUCT_B_BY_DEPTH: neighbours of b are depths; neighbouring items then read these.
 *
 * Each sum is computed by one item in the order of the depth, whatever the options. */
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#if VECTOR == 1
#define FLOATV float
#define VLOAD(p) (*(p))
#define VSTORE(value, p) (*(p) = (value))
#else
#define FLOATV JOIN(float, VECTOR)
#define VLOAD(p) JOIN(vload, VECTOR)(0, p)
#define VSTORE(value, p) JOIN(vstore, VECTOR)(value, 0, p)
#endif

/* mad() may compile to two instructions where fma() is one; without an fma instruction, fma() is a
 * function call. */
#ifdef FUSED
#define PRODUCT_ADD(a, b, c) fma(a, b, c)
#else
#define PRODUCT_ADD(a, b, c) mad(a, b, c)
#endif

#define TILE_M (ROWS * ITEMS_M * BLOCKS)
#define TILE_N (VECTOR * VECTORS * ITEMS_N)

#define PRODUCT_KERNEL __attribute__((reqd_work_group_size(ITEMS_N, ITEMS_M, 1))) __kernel void

/* Defined by the including program, after this file; `static` need not be repeated. All items of a
 * group request the same chunks, and each its own elements. */
typedef struct product_job product_job;
/* Moves to the chunk that begins at `depth`, which may precede the current one. Returns its length:
 * at most DEPTH, 0 or less at the end. */
static int product_chunk(product_job *job, int depth);
/* a(row, depth) of the chunk. The row exists; depth is relative to the start of the chunk. On a
 * processor this is in the innermost loop, so keep the part of the address that does not depend on
 * depth separate: (pointer + row * pitch)[depth], not pointer[row * pitch + depth]. */
static float product_a(const product_job *job, int row, int depth);
/* b(depth, column …) of the chunk; zero for columns that do not exist, the first included. */
static FLOATV product_b(const product_job *job, int depth, int column);
/* Stores the sums of an existing row at `column` …; some or all of the columns may not exist. */
static void product_c(const product_job *job, int row, int column, FLOATV sums);

/* Computes the tile that begins at the given row and column of a product with `m` rows, in a kernel
 * that begins with PRODUCT_LOCAL. All items of the group pass the same arguments. */
#define PRODUCT(job, m, row, column) product(job, m, row, column, product_first, product_second)

#if ITEMS_M * ITEMS_N == 1

#define PRODUCT_LOCAL                            \
    __local float product_first[DEPTH * TILE_N]; \
    __local float product_second[TILE_M * TILE_N]

/* Sums one block of rows over one chunk: first row, existing rows, length of the chunk. */
typedef struct product_step {
    int row, m, length;
    bool is_first, is_last;
} product_step;

static void product_block(const product_job *job, const product_step *step, int column,
                          __local const float *panel, __local float *sums)
{
    FLOATV sum[ROWS][VECTORS];
    int rows[ROWS];
#pragma unroll
    for (int i = 0; i < ROWS; i++) {
        rows[i] = min(step->row + i, step->m - 1);
#pragma unroll
        for (int j = 0; j < VECTORS; j++)
            sum[i][j] = step->is_first ? (FLOATV)(0.0f) : VLOAD(sums + i * TILE_N + j * VECTOR);
    }
    for (int d = 0; d < step->length; d++) {
        FLOATV b[VECTORS];
#pragma unroll
        for (int j = 0; j < VECTORS; j++)
            b[j] = VLOAD(panel + d * TILE_N + j * VECTOR);
#pragma unroll
        for (int i = 0; i < ROWS; i++) {
            FLOATV a = (FLOATV)(product_a(job, rows[i], d));
#pragma unroll
            for (int j = 0; j < VECTORS; j++)
                sum[i][j] = PRODUCT_ADD(a, b[j], sum[i][j]);
        }
    }
#pragma unroll
    for (int i = 0; i < ROWS; i++)
#pragma unroll
        for (int j = 0; j < VECTORS; j++)
            if (!step->is_last)
                VSTORE(sum[i][j], sums + i * TILE_N + j * VECTOR);
            else if (step->row + i < step->m)
                product_c(job, step->row + i, column + j * VECTOR, sum[i][j]);
}

/* Copies the columns of the chunk. If they are contiguous in depth, one vector is copied after the
 * other, which touches fewer cache lines at a time (Zen 4: m 32, n 1000, k 2048: 4.3 ms, not 6.4).
 */
static void product_fill(const product_job *job, int length, int column, __local float *panel)
{
#ifdef PRODUCT_B_BY_DEPTH
    for (int j = 0; j < VECTORS; j++)
        for (int d = 0; d < length; d++)
            VSTORE(product_b(job, d, column + j * VECTOR), panel + d * TILE_N + j * VECTOR);
#else
    for (int d = 0; d < length; d++)
#pragma unroll
        for (int j = 0; j < VECTORS; j++)
            VSTORE(product_b(job, d, column + j * VECTOR), panel + d * TILE_N + j * VECTOR);
#endif
}

static void product(product_job *job, int m, int row, int column, __local float *panel,
                    __local float *sums)
{
    product_step step = { row, m, product_chunk(job, 0), true, false };
    int depth = 0, next;
    do {
        product_fill(job, step.length, column, panel);
        next = product_chunk(job, depth + step.length);
        product_chunk(job, depth);
        step.is_first = depth == 0;
        step.is_last = next <= 0;
        for (int block = 0; block < BLOCKS && row + block * ROWS < m; block++) {
            step.row = row + block * ROWS;
            product_block(job, &step, column, panel, sums + block * ROWS * TILE_N);
        }
        depth += step.length;
        step.length = product_chunk(job, depth);
    } while (next > 0);
}

#else

/* The rows of the tiles are padded, so that columns are in different banks. */
#define PITCH_M (TILE_M + 4)
#define PITCH_N (TILE_N + 4)
#define PRODUCT_LOCAL                                                           \
    __local float product_first[DEPTH * PITCH_M] __attribute__((aligned(16))); \
    __local float product_second[DEPTH * PITCH_N] __attribute__((aligned(16)))

#define ITEMS (ITEMS_M * ITEMS_N)
#define A_PARTS ((DEPTH * TILE_M + ITEMS - 1) / ITEMS)
#define B_PARTS ((DEPTH * TILE_N / VECTOR + ITEMS - 1) / ITEMS)

/* The depth (x) and the row or column (y) of the i-th vector that the item copies. */
static int2 product_a_part(int item, int i)
{
    int at = item + i * ITEMS;
#ifdef PRODUCT_A_BY_ROWS
    return (int2)(at / TILE_M, at % TILE_M);
#else
    return (int2)(at % DEPTH, at / DEPTH);
#endif
}

static int2 product_b_part(int item, int i)
{
    int at = item + i * ITEMS;
#ifdef PRODUCT_B_BY_DEPTH
    return (int2)(at % DEPTH, at / DEPTH * VECTOR);
#else
    return (int2)(at / (TILE_N / VECTOR), at % (TILE_N / VECTOR) * VECTOR);
#endif
}

/* The part of a chunk that an item copies, on its way to local memory. */
typedef struct product_parts {
    float a[A_PARTS];
    FLOATV b[B_PARTS];
} product_parts;

static void product_fetch(const product_job *job, int4 tile, int length, product_parts *parts)
{
    /* tile: first row, first column, m, item */
#pragma unroll
    for (int i = 0; i < A_PARTS; i++) {
        int2 at = product_a_part(tile.w, i);
        if (at.x < length && at.y < TILE_M)
            parts->a[i] = product_a(job, min(tile.x + at.y, tile.z - 1), at.x);
    }
#pragma unroll
    for (int i = 0; i < B_PARTS; i++) {
        int2 at = product_b_part(tile.w, i);
        if (at.x < length && at.y < TILE_N)
            parts->b[i] = product_b(job, at.x, tile.y + at.y);
    }
}

static void product_put(const product_parts *parts, int item, int length, __local float *a_tile,
                        __local float *b_tile)
{
#pragma unroll
    for (int i = 0; i < A_PARTS; i++) {
        int2 at = product_a_part(item, i);
        if (at.x < length && at.y < TILE_M)
            a_tile[at.x * PITCH_M + at.y] = parts->a[i];
    }
#pragma unroll
    for (int i = 0; i < B_PARTS; i++) {
        int2 at = product_b_part(item, i);
        if (at.x < length && at.y < TILE_N)
            *(__local FLOATV *)(b_tile + at.x * PITCH_N + at.y) = parts->b[i];
    }
}

/* The rows of an item are adjacent; its vectors of columns alternate with those of other items. */
#define ITEM_ROW ((int)get_local_id(1) * ROWS)
#define ITEM_COLUMN(j) (((int)get_local_id(0) + (j) * ITEMS_N) * VECTOR)

static void product(product_job *job, int m, int row, int column, __local float *a_tile,
                    __local float *b_tile)
{
    const int item = (int)(get_local_id(1) * ITEMS_N + get_local_id(0));
    const int4 tile = (int4)(row, column, m, item);
    FLOATV sum[ROWS][VECTORS];
    product_parts parts;
#pragma unroll
    for (int i = 0; i < ROWS; i++)
#pragma unroll
        for (int j = 0; j < VECTORS; j++)
            sum[i][j] = (FLOATV)(0.0f);
    int length = product_chunk(job, 0);
    product_fetch(job, tile, length, &parts);
    for (int depth = 0; length > 0;) {
        product_put(&parts, item, length, a_tile, b_tile);
        barrier(CLK_LOCAL_MEM_FENCE);
        depth += length;
        int next = product_chunk(job, depth);
        product_fetch(job, tile, next, &parts);
        for (int d = 0; d < length; d++) {
            FLOATV b[VECTORS];
#pragma unroll
            for (int j = 0; j < VECTORS; j++)
                b[j] = *(__local const FLOATV *)(b_tile + d * PITCH_N + ITEM_COLUMN(j));
#pragma unroll
            for (int i = 0; i < ROWS; i++) {
                FLOATV a = (FLOATV)(a_tile[d * PITCH_M + ITEM_ROW + i]);
#pragma unroll
                for (int j = 0; j < VECTORS; j++)
                    sum[i][j] = PRODUCT_ADD(a, b[j], sum[i][j]);
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        length = next;
    }
#pragma unroll
    for (int i = 0; i < ROWS; i++)
#pragma unroll
        for (int j = 0; j < VECTORS; j++)
            if (row + ITEM_ROW + i < m)
                product_c(job, row + ITEM_ROW + i, column + ITEM_COLUMN(j), sum[i][j]);
}

#endif
