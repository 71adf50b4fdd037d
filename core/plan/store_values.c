/* store_values.c: checks and copies piece by piece, so that each value is read from memory once: a
 * piece stays in a processor's own cache. Where the store is host memory the threads of its device
 * share the pieces: most of the time goes into memory that nobody has touched before. */
#include "plan/store_values.h"

#include <stdatomic.h>
#include <string.h>

#include "base/finite.h"
#include "base/status.h"
#include "base/text.h"

#define PIECE 65536

typedef struct loading {
    const float *values;
    float *to; /* host memory */
    int64_t count;
    atomic_bool is_invalid;
} loading;

static bool is_variance(const rn_store_entry *entry)
{
    return rn_text_ends(entry->name, ".running_var");
}

/* Numbers that no training can have left behind. */
static rn_status check(const char *path, const rn_store_entry *entry, const float *values,
                       int64_t count)
{
    if (!rn_all_finite(values, count))
        return rn_fail(RN_E_DATA,
                       "%s: tensor \"%s\" holds values that are infinite or NaN; "
                       "expected the weights of a run that did not diverge",
                       path, entry->name);
    for (int64_t i = 0; is_variance(entry) && i < count; i++)
        if (values[i] < 0)
            return rn_fail(RN_E_DATA, "%s: tensor \"%s\" holds the variance %g; expected 0 or more",
                           path, entry->name, (double)values[i]);
    return RN_OK;
}

static int64_t piece_count(int64_t count, int64_t piece)
{
    int64_t left = count - piece * PIECE;
    return left < PIECE ? left : PIECE;
}

/* On any thread, so that it raises nothing. */
static void load_pieces(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    loading *l = argument;
    (void)thread;
    for (int64_t i = begin; i < end; i++) {
        int64_t first = i * PIECE, n = piece_count(l->count, i);
        if (!rn_all_finite(l->values + first, n))
            atomic_store(&l->is_invalid, true);
        memcpy(l->to + first, l->values + first, (size_t)n * sizeof *l->to);
    }
}

static rn_status upload_pieces(rn_store *store, const rn_store_entry *entry, const float *values,
                               const char *path)
{
    int64_t count = rn_desc_count(&entry->desc);
    rn_status status = RN_OK;
    for (int64_t i = 0; i * PIECE < count && !status; i++) {
        int64_t first = i * PIECE, n = piece_count(count, i);
        status = check(path, entry, values + first, n);
        if (!status)
            status = rn_store_upload_part(store, entry, (uint64_t)first * sizeof *values,
                                          values + first, (uint64_t)n * sizeof *values);
    }
    return status;
}

rn_status rn_store_values_load(rn_store *store, const rn_store_entry *entry, const float *values,
                               const char *path)
{
    loading l = { .values = values, .count = rn_desc_count(&entry->desc) };
    l.to = l.count > PIECE && !is_variance(entry) ? rn_store_open_memory(store, entry) : NULL;
    if (!l.to)
        return upload_pieces(store, entry, values, path);
    const rn_device *device = store->copies[0].device;
    device->host_memory.parallel(device->context, (l.count + PIECE - 1) / PIECE, load_pieces, &l);
    return atomic_load(&l.is_invalid) ? check(path, entry, values, l.count) : RN_OK;
}
