/* items.h: divides the images of a batch into items of work for threads. */
#ifndef BACKENDS_CPU_ITEMS_H
#define BACKENDS_CPU_ITEMS_H

#include <stdint.h>

/* The work: `images` of `rows` rows, each of `row_units` units. */
typedef struct items_work {
    int64_t images, rows, row_units;
    int32_t n_threads;
} items_work;

/* Items are groups images, or with `per_image` > 1 parts of one; their sizes differ by at most one
 * image or row. */
typedef struct items {
    int64_t images, rows;           /* in total */
    int64_t most_images, most_rows; /* in one item, at most */
    int64_t per_image, count;
} items;

/* Images [n0,n1), rows [row0,row1); several images only with all their rows. */
typedef struct items_item {
    int64_t n0, n1, row0, row1;
} items_item;

static inline int64_t items_min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t items_max(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Divides into items of about `target` units. All threads get the same number where that costs
 * little. */
static inline items items_cut(const items_work *work, int64_t target)
{
    int64_t n = work->images, rows = work->rows, threads = work->n_threads;
    int64_t units = items_max(1, rows * work->row_units);
    items cut = { .images = n, .rows = rows, .per_image = 1 };
    if (units >= target) {
        int64_t pieces = items_min(rows, (units + target - 1) / target);
        int64_t even = pieces;
        while (n * even % threads && n * even < 4 * threads)
            even++;
        cut.per_image = even <= rows && n * even % threads == 0 ? even : pieces;
        cut.count = n * cut.per_image;
    } else {
        int64_t ideal = (n * units + target - 1) / target;
        int64_t rounds = items_max(1, (ideal + threads / 2) / threads);
        cut.count = items_min(n, rounds * threads);
    }
    cut.most_rows = (rows + cut.per_image - 1) / cut.per_image;
    cut.most_images = cut.per_image > 1 ? 1 : (n + cut.count - 1) / cut.count;
    return cut;
}

static inline items_item items_at(const items *cut, int64_t index)
{
    int64_t groups = cut->count / cut->per_image, n = index / cut->per_image;
    int64_t row = index % cut->per_image;
    return (items_item){ n * cut->images / groups, (n + 1) * cut->images / groups,
                         row * cut->rows / cut->per_image, (row + 1) * cut->rows / cut->per_image };
}

#endif
