/* label_texts.c: the classes of labels that are written as text. */
#define _GNU_SOURCE /* qsort_r */
#include "data/sets/label_texts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "data/sets/sets.h"

/* FNV-1a */
static uint64_t hash(const char *text, size_t length)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < length; i++)
        h = (h ^ (uint8_t)text[i]) * 0x100000001b3u;
    return h ^ h >> 32;
}

/* The slot of a text, or the empty one where it belongs. */
static int32_t *find_slot(const rn_label_texts *seen, const char *text, size_t length)
{
    uint64_t mask = seen->n_slots - 1;
    for (uint64_t at = hash(text, length) & mask;; at = (at + 1) & mask) {
        int32_t place = seen->slots[at];
        if (place < 0)
            return &seen->slots[at];
        const char *known = rn_index_name(&seen->texts, place);
        if (strncmp(known, text, length) == 0 && !known[length])
            return &seen->slots[at];
    }
}

/* At most half of the slots are used. */
static rn_status grow(rn_label_texts *seen)
{
    uint64_t n_slots = seen->n_slots ? 2 * seen->n_slots : 64;
    int32_t *slots = malloc(n_slots * sizeof *slots);
    if (!slots)
        return rn_fail(RN_E_NOMEM, "not enough memory for %" PRIu64 " classes", n_slots / 2);
    memset(slots, -1, n_slots * sizeof *slots);
    free(seen->slots);
    seen->slots = slots;
    seen->n_slots = n_slots;
    for (int64_t i = 0; i < seen->texts.count; i++) {
        const char *text = rn_index_name(&seen->texts, i);
        *find_slot(seen, text, strlen(text)) = (int32_t)i;
    }
    return RN_OK;
}

rn_status rn_label_texts_add(rn_label_texts *seen, const char *text, size_t length, int32_t *place)
{
    rn_status status = RN_OK;
    if (2 * (uint64_t)seen->texts.count >= seen->n_slots)
        status = grow(seen);
    if (status)
        return status;
    int32_t *slot = find_slot(seen, text, length);
    if (*slot < 0) {
        if (seen->texts.count == RN_MAX_CLASSES)
            return rn_fail(RN_E_DATA, "more than %d different labels", RN_MAX_CLASSES);
        status = rn_index_add(&seen->texts, text, length, 0);
        if (status)
            return status;
        *slot = (int32_t)seen->texts.count - 1;
    }
    *place = *slot;
    return RN_OK;
}

static bool is_number(const char *text)
{
    text += *text == '-';
    return *text && !text[strspn(text, "0123456789")];
}

static bool all_are_numbers(const rn_index *texts)
{
    for (int64_t i = 0; i < texts->count; i++)
        if (!is_number(rn_index_name(texts, i)))
            return false;
    return true;
}

/* The labels of the texts are the numbers that they say. */
static rn_status read_numbers(rn_index *texts, rn_dataset *dataset)
{
    int64_t n_classes = 0;
    for (int64_t i = 0; i < texts->count; i++) {
        int64_t value = strtoll(rn_index_name(texts, i), NULL, 10);
        if (value < 0 || value >= RN_MAX_CLASSES)
            return rn_fail(RN_E_DATA, "a label is %s, expected 0 to %d", rn_index_name(texts, i),
                           RN_MAX_CLASSES - 1);
        texts->labels[i] = (int32_t)value;
        if (value >= n_classes)
            n_classes = value + 1;
    }
    return rn_set_name_classes(dataset, NULL, n_classes);
}

static int compare_texts(const void *a, const void *b, void *texts)
{
    return strcmp(rn_index_name(texts, *(const int32_t *)a),
                  rn_index_name(texts, *(const int32_t *)b));
}

/* The labels of the texts are their places in sorted order. */
static rn_status sort_names(rn_index *texts, rn_dataset *dataset)
{
    size_t n = (size_t)texts->count;
    rn_status status = RN_OK;
    int32_t *sorted = malloc(n * sizeof *sorted);
    const char **names = malloc(n * sizeof *names);
    if (!sorted || !names) {
        status = rn_fail(RN_E_NOMEM, "not enough memory for %zu classes", n);
        goto done;
    }
    for (size_t i = 0; i < n; i++)
        sorted[i] = (int32_t)i;
    qsort_r(sorted, n, sizeof *sorted, compare_texts, texts);
    for (size_t i = 0; i < n; i++) {
        texts->labels[sorted[i]] = (int32_t)i;
        names[i] = rn_index_name(texts, sorted[i]);
    }
    status = rn_set_name_classes(dataset, names, texts->count);
done:
    free(sorted);
    free(names);
    return status;
}

rn_status rn_label_texts_finish(rn_label_texts *seen, int32_t *labels, int64_t count,
                                rn_dataset *dataset)
{
    rn_index *texts = &seen->texts;
    rn_status status =
        all_are_numbers(texts) ? read_numbers(texts, dataset) : sort_names(texts, dataset);
    for (int64_t i = 0; i < count && !status; i++)
        labels[i] = texts->labels[labels[i]];
    return status;
}

void rn_label_texts_clear(rn_label_texts *seen)
{
    rn_index_clear(&seen->texts);
    free(seen->slots);
    *seen = (rn_label_texts){ 0 };
}
