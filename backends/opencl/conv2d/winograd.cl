/* winograd.cl: Winograd's transforms of images, tile by tile.
 *
 * Tiles of TILE x TILE outputs are numbered by image, row and column. A transformed image has, for
 * each point, a matrix of channels by the `slice` tiles from `first` on. Whatever is beyond the
 * channels, the tiles or the edges of the image is zero. */

/* Images and their tiles. Tile (0,0) begins `top` and `left` pixels before pixel 0. */
typedef struct tiled {
    int n, channels, h, w, top, left;
    int rows, columns; /* of tiles */
} tiled;

#define TILED \
    const int n, const int channels, const int h, const int w, const int top, const int left, \
    const int rows, const int columns
#define TILED_VALUES { n, channels, h, w, top, left, rows, columns }

/* The position of a tile. */
typedef struct place {
    int n, row, column;
} place;

static place place_of(const tiled *image, int tile)
{
    int row = tile / image->columns;
    return (place){ row / image->rows, row % image->rows, tile % image->columns };
}

/* Advances by `count` tiles, at most to the end of the row, which is the start of the next. */
static void place_move(const tiled *image, place *at, int count)
{
    at->column += count;
    if (at->column < image->columns)
        return;
    at->column = 0;
    at->row++;
    if (at->row < image->rows)
        return;
    at->row = 0;
    at->n++;
}

#if LANES == 1

/* The tiles of span x span pixels of one channel that an item reads. */
static void read_tiles(__global const real *x, const tiled *image, const int span, int tile,
                       int channel, lanes *to)
{
    const place at = place_of(image, tile);
    bool exists = at.n < image->n && channel < image->channels;
    int top = at.row * TILE - image->top, left = at.column * TILE - image->left;
    int plane = (at.n * image->channels + channel) * image->h;
#pragma unroll
    for (int i = 0; i < span; i++)
#pragma unroll
        for (int j = 0; j < span; j++) {
            int row = top + i, column = left + j;
            bool inside = exists && (uint)row < (uint)image->h && (uint)column < (uint)image->w;
            to[i * span + j] = inside ? LOAD(x, (plane + row) * image->w + column) : 0.0f;
        }
}

#else

/* A band holds `span` rows of pixels of neighbouring, overlapping tiles. Each of its rows has room
 * for the case that every tile is in another row of the image, and for what vectors read beyond the
 * last tile; it is a multiple of LANES. */
#define BAND_ROW(tiles) ((2 * TILE * (tiles) + 8 + LANES - 1) / LANES * LANES)

/* Copies `count` pixels of a row. */
static void row_copy(__global const real *from, int count, float *to)
{
    int i = 0;
    for (; i + 8 <= count; i += 8)
        vstore8(LOAD8(from, i), 0, to + i);
    if (i + 4 <= count) {
        vstore4(LOAD4(from, i), 0, to + i);
        i += 4;
    }
    for (; i < count; i++)
        to[i] = LOAD(from, i);
}

/* Fills a band with the pixels of `tiles` tiles, and `at` with the offset of each in a row. */
static void band_fill(__global const real *x, const tiled *image, const int span,
                      const int tiles, int tile, int channel, lanes *band, int *at)
{
    place here = place_of(image, tile);
    for (int i = 0; i < span * BAND_ROW(tiles) / LANES; i++)
        band[i] = 0.0f;
    for (int t = 0, gap = 0; t < tiles; gap += TILE) {
        int run = min(tiles - t, image->columns - here.column);
        int top = here.row * TILE - image->top, left = here.column * TILE - image->left;
        int begin = max(left, 0), end = min(left + (run - 1) * TILE + span, image->w);
        bool exists = here.n < image->n && channel < image->channels;
        int row0 = max(0, -top), row1 = exists ? min(span, image->h - top) : 0;
        int from = ((here.n * image->channels + channel) * image->h + top) * image->w + begin;
        float *to = (float *)band + t * TILE + gap + begin - left;
        for (int i = row0; i < row1; i++)
            row_copy(x + from + i * image->w, end - begin, to + i * BAND_ROW(tiles));
        for (int end_of_run = t + run; t < end_of_run; t++)
            at[t] = t * TILE + gap;
        place_move(image, &here, run);
    }
}

/* Reads the tiles at offsets `at` from bands with rows of `row` floats. */
static void band_take(const float *band, const int *at, const int row, const int span, lanes *to)
{
    float *pixels = (float *)to;
    for (int i = 0; i < span; i++, band += row)
#pragma unroll
        for (int l = 0; l < LANES; l += 4) {
            const float *a = band + at[l], *b = band + at[l + 1], *c = band + at[l + 2],
                        *d = band + at[l + 3];
            float *pixel = pixels + i * span * LANES + l;
            turn(vload4(0, a), vload4(0, b), vload4(0, c), vload4(0, d), span, pixel);
            if (span > 4)
                turn(vload4(0, a + 4), vload4(0, b + 4), vload4(0, c + 4), vload4(0, d + 4),
                     span - 4, pixel + 4 * LANES);
        }
}

/* LANES tiles of span x span pixels of one channel. */
static void read_tiles(__global const real *x, const tiled *image, const int span, int tile,
                       int channel, lanes *to)
{
    lanes band[SIDE * BAND_ROW(LANES) / LANES];
    int at[LANES];
    band_fill(x, image, span, LANES, tile, channel, band, at);
    band_take((float *)band, at, BAND_ROW(LANES), span, to);
}

#endif

/* v[point][channel][tile] */
ITEMS_KERNEL winograd_input(OPERAND(x), OPERAND(v), TILED, const int slice, const int first)
{
    int item = get_global_id(0), vectors = slice / LANES;
    if (item >= channels * vectors)
        return;
    const tiled image = TILED_VALUES;
    int channel = item / vectors, tile = item % vectors * LANES;
    lanes pixels[POINTS], points[POINTS];
    read_tiles(REALS(x), &image, SIDE, first + tile, channel, pixels);
    square_input(pixels, points);
    points_write(points, AT(lanes, v), (ulong)channels * slice, (ulong)channel * slice + tile);
}

/* v[point][tile][channel], `width` channels including zeros. Each item handles RUN tiles of LANES
 * channels. */
ITEMS_KERNEL winograd_input_turned(OPERAND(x), OPERAND(v), TILED, const int slice,
                                   const int width, const int first)
{
    int item = get_global_id(0), vectors = width / LANES;
    if (item >= slice / RUN * vectors)
        return;
    const tiled image = TILED_VALUES;
    int tile = item / vectors * RUN, channel = item % vectors * LANES;
    lanes pixels[POINTS], points[POINTS];
    ulong plane = (ulong)slice * width, to = (ulong)tile * width + channel;
#if LANES == 1
    read_tiles(REALS(x), &image, SIDE, first + tile, channel, pixels);
    square_input(pixels, points);
    points_write(points, AT(lanes, v), plane, to);
#else
    lanes bands[SIDE * BAND_ROW(RUN)];
    int at[RUN];
    for (int lane = 0; lane < LANES; lane++)
        band_fill(REALS(x), &image, SIDE, RUN, first + tile, channel + lane,
                  bands + lane * SIDE * BAND_ROW(RUN) / LANES, at);
    for (int t = 0; t < RUN; t++) {
        int lane_at[LANES];
        for (int lane = 0; lane < LANES; lane++)
            lane_at[lane] = lane * SIDE * BAND_ROW(RUN) + at[t];
        band_take((float *)bands, lane_at, BAND_ROW(RUN), SIDE, pixels);
        square_input(pixels, points);
        points_write(points, AT(lanes, v), plane, to + t * width);
    }
#endif
}

/* m[point][channel][tile] of the gradient of the outputs */
ITEMS_KERNEL winograd_output_gradient(OPERAND(dy), OPERAND(m), TILED, const int slice,
                                      const int first)
{
    int item = get_global_id(0), vectors = slice / LANES;
    if (item >= channels * vectors)
        return;
    const tiled image = TILED_VALUES;
    int channel = item / vectors, tile = item % vectors * LANES;
    lanes pixels[TILE * TILE], points[POINTS];
    read_tiles(REALS(dy), &image, TILE, first + tile, channel, pixels);
    square_output_gradient(pixels, points);
    points_write(points, AT(lanes, m), (ulong)channels * slice, (ulong)channel * slice + tile);
}

/* ADD and RECTIFY are defined if wanted. */
#ifdef ADD
#define ADDED(value, z) ((value) + (z))
#else
#define ADDED(value, z) (value)
#endif
#ifdef RECTIFY
#define RECTIFIED(value) RELU(value)
#else
#define RECTIFIED(value) (value)
#endif

/* Writes one pixel. */
static void pixel_write(__global real *y, __global const real *z, int at, float value)
{
    STORE(y, at, RECTIFIED(ADDED(value, LOAD(z, at))));
}

/* Writes those pixels of a tile that are inside of the image. */
static void tile_write(__global real *y, __global const real *z, const tiled *image, place at,
                       const float *from)
{
    int column = at.column * TILE, inside = min(TILE, image->w - column);
#pragma unroll
    for (int i = 0; i < TILE; i++) {
        int row = at.row * TILE + i;
        if (row >= image->h)
            return;
        int line = row * image->w + column;
#pragma unroll
        for (int j = 0; j < TILE; j++)
            if (j < inside)
                pixel_write(y, z, line + j, from[(i * TILE + j) * LANES]);
    }
}

/* y = relu(A^T m A + bias + z), with bias if BIAS is defined */
ITEMS_KERNEL winograd_output(OPERAND(m), OPERAND(bias), OPERAND(z), OPERAND(y), TILED,
                             const int slice, const int first)
{
    int item = get_global_id(0), vectors = slice / LANES;
    if (item >= channels * vectors)
        return;
    const tiled image = TILED_VALUES;
    int channel = item / vectors, tile = item % vectors * LANES;
    ulong from = ((ulong)channel * slice + tile) / LANES, plane = (ulong)channels * slice / LANES;
    lanes points[POINTS], pixels[TILE * TILE];
#pragma unroll
    for (int i = 0; i < POINTS; i++)
        points[i] = AT(lanes, m)[from + i * plane];
    square_output(points, pixels);
#ifdef BIAS
#pragma unroll
    for (int i = 0; i < TILE * TILE; i++)
        pixels[i] += FLOATS(bias)[channel];
#endif
    place at = place_of(&image, first + tile);
    for (int lane = 0; lane < LANES && at.n < n; lane++) {
        int plane = (at.n * channels + channel) * h * w;
        tile_write(REALS(y) + plane, REALS(z) + plane, &image, at, (const float *)pixels + lane);
        place_move(&image, &at, 1);
    }
}
