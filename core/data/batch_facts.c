/* batch_facts.c: sorts the pictures of a batch, so that equal ones lie side by side. */
#include "data/batch_facts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"

typedef struct item {
    const void *picture;
    size_t size_bytes;
    int32_t label;
} item;

static int by_picture(const void *a, const void *b)
{
    const item *x = a, *y = b;
    return memcmp(x->picture, y->picture, x->size_bytes);
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

static double value_at(const rn_batch *batch, int64_t i)
{
    if (!batch->bytes)
        return (double)batch->images[i];
    return (double)batch->byte_values[i % batch->n_channels * 256 + batch->bytes[i]];
}

static void measure(const rn_batch *batch, int64_t n_values, rn_batch_facts *facts)
{
    double n = (double)(batch->n_here * n_values), sum = 0, squares = 0;
    for (int64_t i = 0; i < batch->n_here * n_values; i++)
        sum += value_at(batch, i);
    facts->mean = sum / n;
    for (int64_t i = 0; i < batch->n_here * n_values; i++) {
        double d = value_at(batch, i) - facts->mean;
        squares += d * d;
    }
    facts->std = sqrt(squares / n);
}

rn_status rn_batch_look(const rn_batch *batch, int64_t n_values, rn_batch_facts *facts)
{
    int64_t count = batch->n_here;
    item *items = calloc((size_t)count, sizeof *items);
    if (!items)
        return rn_fail(RN_E_NOMEM, "no memory to look at a batch");
    bool as_bytes = batch->bytes != NULL;
    size_t size = (size_t)n_values * (as_bytes ? 1 : sizeof(float));
    const uint8_t *pictures = as_bytes ? batch->bytes : (const uint8_t *)batch->images;
    for (int64_t i = 0; i < count; i++)
        items[i] = (item){ pictures + (size_t)i * size, size, batch->labels[batch->first + i] };
    *facts = (rn_batch_facts){ 0 };
    qsort(items, (size_t)count, sizeof *items, by_picture);
    count_pictures(items, count, facts);
    qsort(items, (size_t)count, sizeof *items, by_label);
    count_labels(items, count, facts);
    measure(batch, n_values, facts);
    free(items);
    return RN_OK;
}
