/* batch_facts.c: sorts the pictures of a batch, so that equal ones lie side by side. */
#include "data/batch_facts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"

typedef struct item {
    const float *picture;
    int64_t n_values;
    int32_t label;
} item;

static int by_picture(const void *a, const void *b)
{
    const item *x = a, *y = b;
    return memcmp(x->picture, y->picture, (size_t)x->n_values * sizeof(float));
}

static int by_label(const void *a, const void *b)
{
    int32_t x = ((const item *)a)->label, y = ((const item *)b)->label;
    return (x > y) - (x < y);
}

/* Counts the groups of equal pictures; those of a group whose labels differ are ambiguous. */
static void count_pictures(const item *items, int64_t n, rn_batch_facts *facts)
{
    for (int64_t start = 0, end; start < n; start = end) {
        bool differ = false;
        for (end = start + 1; end < n && by_picture(&items[start], &items[end]) == 0; end++)
            differ = differ || items[end].label != items[start].label;
        facts->n_pictures++;
        facts->n_ambiguous += differ ? end - start : 0;
    }
}

static void count_labels(const item *items, int64_t n, rn_batch_facts *facts)
{
    for (int64_t i = 0; i < n; i++)
        facts->n_labels += i == 0 || items[i].label != items[i - 1].label;
}

static void measure(const rn_batch *batch, int64_t n_values, rn_batch_facts *facts)
{
    double n = (double)(batch->count * n_values), sum = 0, squares = 0;
    for (int64_t i = 0; i < batch->count * n_values; i++)
        sum += (double)batch->images[i];
    facts->mean = sum / n;
    for (int64_t i = 0; i < batch->count * n_values; i++) {
        double d = (double)batch->images[i] - facts->mean;
        squares += d * d;
    }
    facts->std = sqrt(squares / n);
}

rn_status rn_batch_look(const rn_batch *batch, int64_t n_values, rn_batch_facts *facts)
{
    item *items = calloc((size_t)batch->count, sizeof *items);
    if (!items)
        return rn_fail(RN_E_NOMEM, "no memory to look at a batch");
    for (int64_t i = 0; i < batch->count; i++)
        items[i] = (item){ batch->images + i * n_values, n_values, batch->labels[i] };
    *facts = (rn_batch_facts){ 0 };
    qsort(items, (size_t)batch->count, sizeof *items, by_picture);
    count_pictures(items, batch->count, facts);
    qsort(items, (size_t)batch->count, sizeof *items, by_label);
    count_labels(items, batch->count, facts);
    measure(batch, n_values, facts);
    free(items);
    return RN_OK;
}
