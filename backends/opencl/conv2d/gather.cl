/* gather.cl: reads vectors of pixels for a convolution computed as a matrix product; pixels outside
 * of the image are zero. */
#if VECTOR == 1
#define INTV int
#define AS_UINTV as_uint
#define INT_LOAD(p) (*(p))
#define UINTV uint
#define LOADV LOAD
#define STOREV STORE
#else
#define INTV JOIN(int, VECTOR)
#define UINTV JOIN(uint, VECTOR)
#define AS_UINTV JOIN(as_uint, VECTOR)
#define INT_LOAD(p) JOIN(vload, VECTOR)(0, p)
#define LOADV JOIN(LOAD, VECTOR)
#define STOREV JOIN(STORE, VECTOR)
#endif

/* relu of a vector. */
#define RELUV(x) select(x, (FLOATV)(0.0f), (x) <= 0.0f)

/* A row that is outside of every image even after any tap is added. */
#define NOWHERE (-0x40000000)

/* What the lanes of a vector read: lane i reads row h[i], column w[i], element base[i]. Every lane
 * gets the same offset from there. */
typedef struct lanes {
    int base[VECTOR], h[VECTOR], w[VECTOR];
    bool together; /* base[i] is base[0] + i */
} lanes;

/* The source: the planes of a group of channels in every image. */
typedef struct planes {
    __global const real *first;
    int count; /* elements from `first` to the end of the tensor */
    int h, w;
} planes;

void lane_set(lanes *l, int i, int base, int2 at)
{
    l->base[i] = base;
    l->h[i] = at.x;
    l->w[i] = at.y;
    l->together = (i == 0 || l->together) && base - l->base[0] == i;
}

/* by: the offset in rows, columns and elements. */
FLOATV gather(const planes *image, const lanes *l, int3 by)
{
    int begin = l->base[0] + by.z;
    if (l->together && begin >= 0 && begin <= image->count - VECTOR) {
        UINTV h = AS_UINTV(INT_LOAD(l->h) + by.x), w = AS_UINTV(INT_LOAD(l->w) + by.y);
        INTV inside = (h < (uint)image->h) & (w < (uint)image->w);
        return select((FLOATV)(0.0f), LOADV(image->first, begin), inside);
    }
    float values[VECTOR];
    for (int i = 0; i < VECTOR; i++) {
        bool inside = (uint)(l->h[i] + by.x) < (uint)image->h &&
                      (uint)(l->w[i] + by.y) < (uint)image->w;
        values[i] = inside ? LOAD(image->first, l->base[i] + by.z) : 0.0f;
    }
    return VLOAD(values);
}

/* Defined by the including program: the lanes of a vector of columns. */
void lanes_find(const product_job *job, int column, lanes *l);

/* Lanes that are computed once: those of all columns if the group has one item; otherwise those of
 * the first columns that the item copies, which mostly are all that it copies. */
#if ITEMS_M * ITEMS_N == 1
#define KEPT VECTORS
#define KEPT_COLUMN(tile) (tile)
#else
#define KEPT 1
#define KEPT_ITEM (int)(get_local_id(1) * ITEMS_N + get_local_id(0))
#define KEPT_COLUMN(tile) ((tile) + product_b_part(KEPT_ITEM, 0).y)
#endif

typedef struct kept {
    int column; /* the first */
    lanes lanes[KEPT];
} kept;

/* tile: the first column of the tile. */
void kept_find(const product_job *job, int tile, kept *k)
{
    k->column = KEPT_COLUMN(tile);
    for (int i = 0; i < KEPT; i++)
        lanes_find(job, k->column + i * VECTOR, &k->lanes[i]);
}

FLOATV gather_at(const product_job *job, const planes *image, const kept *k, int column, int3 by)
{
#if ITEMS_M * ITEMS_N == 1
    return gather(image, &k->lanes[(column - k->column) / VECTOR], by);
#else
    lanes l;
    if (column == k->column)
        return gather(image, &k->lanes[0], by);
    lanes_find(job, column, &l);
    return gather(image, &l, by);
#endif
}
