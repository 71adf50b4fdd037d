/* conv2d_gather.cl: how vectors of pixels of an image are found for a product of matrices that the
 * convolution is, with zeros around the image. */
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

/* RELU of a vector. */
#define RELUV(x) select(x, (FLOATV)(0.0f), (x) <= 0.0f)

/* A row that is outside of every image, however far one looks from it. */
#define NOWHERE (-0x40000000)

/* Where the lanes of a vector look: lane i at row h[i], column w[i], which is element base[i]. What
 * is added to these is the same for all. */
typedef struct lanes {
    int base[VECTOR], h[VECTOR], w[VECTOR];
    bool together; /* base[i] is base[0] + i */
} lanes;

/* What is looked into: the planes of a group of channels in every image. */
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

/* by: what is added to rows, columns and elements. */
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
