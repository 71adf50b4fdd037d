/* confusion.c: counts pairs of classes; the confusion matrix as CSV and as a picture. */
#include "report/confusion.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "base/status.h"
#include "io/file.h"
#include "report/csv.h"
#include "report/png.h"

#define MIN_SIDE 512 /* pixels of the picture, unless a cell would be larger than this: */
#define MAX_CELL 40

static rn_status no_memory(void)
{
    return rn_fail(RN_E_NOMEM, "no memory for the confusion matrix");
}

/* ---- Pairs ---- */

static int by_classes(const void *a, const void *b)
{
    const rn_confusion *x = a, *y = b;
    if (x->truth != y->truth)
        return x->truth < y->truth ? -1 : 1;
    return (x->predicted > y->predicted) - (x->predicted < y->predicted);
}

static int by_count(const void *a, const void *b)
{
    const rn_confusion *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return by_classes(a, b);
}

/* Adds up neighbours that are equal; returns how many are left. */
static int64_t merge(rn_confusion *pairs, int64_t n)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < n; i++)
        if (kept && by_classes(&pairs[kept - 1], &pairs[i]) == 0)
            pairs[kept - 1].count++;
        else
            pairs[kept++] = pairs[i];
    return kept;
}

rn_status rn_confusion_pairs(const rn_outcomes *outcomes, rn_confusion **pairs, int64_t *count)
{
    int64_t n = 0;
    *pairs = malloc((size_t)(outcomes->count + 1) * sizeof **pairs);
    if (!*pairs)
        return no_memory();
    for (int64_t i = 0; i < outcomes->count; i++) {
        const rn_outcome *o = &outcomes->row[i];
        if (o->truth != o->predicted)
            (*pairs)[n++] = (rn_confusion){ o->truth, o->predicted, 1 };
    }
    qsort(*pairs, (size_t)n, sizeof **pairs, by_classes);
    *count = merge(*pairs, n);
    qsort(*pairs, (size_t)*count, sizeof **pairs, by_count);
    return RN_OK;
}

/* ---- The matrix ---- */

rn_status rn_confusion_matrix(const rn_outcomes *outcomes, uint32_t **cells)
{
    size_t n = (size_t)outcomes->n_classes;
    *cells = calloc(n * n, sizeof **cells);
    if (!*cells)
        return no_memory();
    for (int64_t i = 0; i < outcomes->count; i++) {
        const rn_outcome *o = &outcomes->row[i];
        (*cells)[(size_t)o->truth * n + (size_t)o->predicted]++;
    }
    return RN_OK;
}

static void print_class(FILE *out, const rn_dataset *dataset, int64_t k)
{
    char number[RN_CLASS_NUMBER];
    rn_csv_text(out, rn_dataset_class(dataset, k, number));
}

rn_status rn_confusion_write_csv(const char *path, const rn_dataset *dataset, int64_t n_classes,
                                 const uint32_t *cells)
{
    rn_file *file = NULL;
    rn_status status = rn_file_create(path, &file);
    if (status)
        return status;
    FILE *out = rn_file_stream(file);
    fputs("truth", out);
    for (int64_t k = 0; k < n_classes; k++) {
        fputc(',', out);
        print_class(out, dataset, k);
    }
    fputc('\n', out);
    for (int64_t t = 0; t < n_classes; t++) {
        print_class(out, dataset, t);
        for (int64_t p = 0; p < n_classes; p++)
            fprintf(out, ",%" PRIu32, cells[t * n_classes + p]);
        fputc('\n', out);
    }
    return rn_file_commit(file);
}

/* ---- The picture ---- */

static uint64_t row_sum(const uint32_t *row, int64_t n)
{
    uint64_t sum = 0;
    for (int64_t p = 0; p < n; p++)
        sum += row[p];
    return sum;
}

/* The square root lets rare mistakes show. */
static void colour(uint8_t to[3], double share, bool is_right)
{
    static const double right[3] = { 31, 97, 168 }, wrong[3] = { 190, 30, 45 };
    double weight = sqrt(share);
    for (int c = 0; c < 3; c++)
        to[c] = (uint8_t)lround(255 + weight * ((is_right ? right : wrong)[c] - 255));
}

/* Draws the row of a class as `cell` rows of pixels. */
static void draw_row(uint8_t *pixels, const uint32_t *row, int64_t n, int64_t t, int64_t cell)
{
    double sum = (double)row_sum(row, n);
    for (int64_t x = 0; x < n * cell; x++) {
        int64_t p = x / cell;
        uint8_t rgb[3];
        colour(rgb, row[p] ? row[p] / sum : 0, p == t);
        for (int64_t y = 0; y < cell; y++)
            for (int c = 0; c < 3; c++)
                pixels[((t * cell + y) * n * cell + x) * 3 + c] = rgb[c];
    }
}

rn_status rn_confusion_write_png(const char *path, int64_t n_classes, const uint32_t *cells)
{
    int64_t cell = (MIN_SIDE + n_classes - 1) / n_classes;
    cell = cell > MAX_CELL ? MAX_CELL : cell;
    int64_t side = n_classes * cell;
    uint8_t *pixels = malloc((size_t)(side * side * 3));
    if (!pixels)
        return no_memory();
    for (int64_t t = 0; t < n_classes; t++)
        draw_row(pixels, cells + t * n_classes, n_classes, t, cell);
    rn_status status = rn_png_write(path, side, side, 3, pixels);
    free(pixels);
    return status;
}
