/* stored.c: tensors of files: found by name, and copied as floats. */
#include "io/stored.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const rn_stored *)a)->name, ((const rn_stored *)b)->name);
}

rn_status rn_stored_sort(rn_stored_table *table, const char *path)
{
    if (table->count == 0)
        return RN_OK;
    qsort(table->tensors, (size_t)table->count, sizeof *table->tensors, compare_names);
    for (int64_t i = 1; i < table->count; i++)
        if (compare_names(&table->tensors[i - 1], &table->tensors[i]) == 0)
            return rn_fail(RN_E_DATA, "%s: there are two tensors \"%s\"", path,
                           table->tensors[i].name);
    return RN_OK;
}

const rn_stored *rn_stored_find(const rn_stored_table *table, const char *name)
{
    const rn_stored wanted = { .name = name };
    if (table->count == 0)
        return NULL;
    return bsearch(&wanted, table->tensors, (size_t)table->count, sizeof wanted, compare_names);
}

rn_status rn_stored_count(const rn_stored *tensor, const char *path, int64_t *count)
{
    int64_t n = 1;
    for (int32_t i = 0; i < tensor->rank; i++)
        if (tensor->shape[i] < 0 || __builtin_mul_overflow(n, tensor->shape[i], &n) ||
            n > INT64_MAX / 2)
            return rn_fail(RN_E_DATA, "%s: tensor \"%s\" is too large", path, tensor->name);
    *count = n;
    return RN_OK;
}

void rn_stored_pack(rn_stored *tensor)
{
    int64_t stride = 1;
    for (int32_t i = tensor->rank - 1; i >= 0; i--) {
        tensor->stride[i] = stride;
        if (__builtin_mul_overflow(stride, tensor->shape[i], &stride))
            stride = 0; /* rn_stored_count refuses such a tensor */
    }
}

bool rn_stored_extent(const rn_stored *tensor, uint64_t *bytes)
{
    int64_t last = 0, size = (int64_t)tensor->type->size;
    bool is_empty = false;
    for (int32_t i = 0; i < tensor->rank; i++) {
        int64_t reach;
        if (tensor->shape[i] < 0 || tensor->stride[i] < 0)
            return false;
        if (tensor->shape[i] == 0)
            is_empty = true;
        else if (__builtin_mul_overflow(tensor->shape[i] - 1, tensor->stride[i], &reach) ||
                 __builtin_add_overflow(last, reach, &last))
            return false;
    }
    if (__builtin_add_overflow(last, 1, &last) || __builtin_mul_overflow(last, size, &last))
        return false;
    *bytes = is_empty ? 0 : (uint64_t)last;
    return true;
}

/* The strides of dimensions of one element say nothing. */
static bool has_no_gaps(const rn_stored *tensor)
{
    int64_t stride = 1;
    for (int32_t i = tensor->rank - 1; i >= 0; i--) {
        if (tensor->shape[i] != 1 && tensor->stride[i] != stride)
            return false;
        if (__builtin_mul_overflow(stride, tensor->shape[i], &stride))
            return false;
    }
    return true;
}

bool rn_stored_is_plain(const rn_stored *tensor)
{
    return tensor->type->dtype == RN_F32 && !tensor->type->convert &&
           (uintptr_t)tensor->data % sizeof(float) == 0 && has_no_gaps(tensor);
}

/* Converts a stretch of neighbouring elements. */
static bool read_stretch(const rn_stored *tensor, const uint8_t *from, int64_t count, float *to)
{
    if (tensor->type->convert)
        return tensor->type->convert(from, (uint64_t)count, to);
    memcpy(to, from, (size_t)count * sizeof *to);
    return true;
}

/* The last dimension of a tensor with gaps, element by element unless they are neighbours. */
static bool read_row(const rn_stored *tensor, const uint8_t *from, float *to)
{
    int32_t last = tensor->rank - 1;
    if (tensor->stride[last] == 1)
        return read_stretch(tensor, from, tensor->shape[last], to);
    for (int64_t i = 0; i < tensor->shape[last]; i++)
        if (!read_stretch(tensor, from + i * tensor->stride[last] * tensor->type->size, 1, to + i))
            return false;
    return true;
}

static bool read_rows(const rn_stored *tensor, int64_t count, float *to)
{
    int64_t at[RN_MAX_RANK] = { 0 }, width = tensor->shape[tensor->rank - 1];
    for (int64_t done = 0; done < count; done += width) {
        int64_t offset = 0;
        for (int32_t i = 0; i + 1 < tensor->rank; i++)
            offset += at[i] * tensor->stride[i];
        if (!read_row(tensor, tensor->data + offset * tensor->type->size, to + done))
            return false;
        for (int32_t i = tensor->rank - 2; i >= 0 && ++at[i] == tensor->shape[i]; i--)
            at[i] = 0;
    }
    return true;
}

rn_status rn_stored_read(const rn_stored *tensor, const char *path, float *to)
{
    int64_t count = 0;
    rn_status status = rn_stored_count(tensor, path, &count);
    if (status)
        return status;
    if (tensor->type->dtype != RN_F32)
        return rn_fail(RN_E_DATA, "%s: tensor \"%s\" has numbers of type %s; expected floats", path,
                       tensor->name, tensor->type->text);
    bool fits = has_no_gaps(tensor) ? read_stretch(tensor, tensor->data, count, to)
                                    : read_rows(tensor, count, to);
    if (fits)
        return RN_OK;
    return rn_fail(RN_E_DATA, "%s: tensor \"%s\": a number does not fit into 32 bits", path,
                   tensor->name);
}
