/* store.c: the kept tensors on every device. */
#include "plan/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "device/calls.h"
#include "passes/average.h"
#include "plan/memory.h"

static rn_status collect(rn_store *store, const rn_dag *dag)
{
    for (int32_t i = 0; i < dag->n_values; i++) {
        const rn_value *value = dag->values[i];
        if (!rn_value_is_kept(value))
            continue;
        rn_store_entry *entry = &store->entries[store->n_entries];
        *entry = (rn_store_entry){ .name = strdup(value->name),
                                   .desc = value->desc,
                                   .role = value->role,
                                   .init = value->init,
                                   .fan_in = value->fan_in,
                                   .init_value = value->init_value,
                                   .fan_out = value->fan_out };
        if (!entry->name)
            return rn_fail(RN_E_NOMEM, "no memory for the parameters");
        store->n_entries++;
    }
    return RN_OK;
}

/* The entries are in the order of the graph, their memory in that of runs. */
static rn_status place(rn_store *store, const rn_dag *dag)
{
    rn_value **order = NULL;
    int32_t n = 0;
    rn_status status = rn_kept_order(dag, &order, &n);
    for (int32_t i = 0; i < n && !status; i++) {
        rn_store_entry *entry =
            &store->entries[rn_store_find(store, order[i]->name) - store->entries];
        /* A description's bytes fit in 63 bits, so that this does not overflow. */
        uint64_t bytes = (entry->desc.size_bytes + RN_MEMORY_ALIGNMENT - 1) / RN_MEMORY_ALIGNMENT *
                         RN_MEMORY_ALIGNMENT;
        entry->offset_bytes = store->size_bytes;
        if (bytes > INT64_MAX - store->size_bytes)
            status = rn_fail(RN_E_NOMEM, "the parameters take more memory than can be addressed; "
                                         "use fewer or smaller layers");
        store->size_bytes += bytes;
    }
    free(order);
    return status;
}

static int compare_names(const void *a, const void *b)
{
    const rn_store_entry *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

/* The entries in the order of their names, for rn_store_find. */
static rn_status sort_names(rn_store *store)
{
    store->by_name = calloc((size_t)store->n_entries + 1, sizeof *store->by_name);
    if (!store->by_name)
        return rn_fail(RN_E_NOMEM, "no memory for the parameters");
    for (int32_t i = 0; i < store->n_entries; i++)
        store->by_name[i] = &store->entries[i];
    qsort(store->by_name, (size_t)store->n_entries, sizeof *store->by_name, compare_names);
    return RN_OK;
}

const rn_store_entry *rn_store_find(const rn_store *store, const char *name)
{
    const rn_store_entry wanted = { .name = name }, *key = &wanted;
    const rn_store_entry **found = bsearch(&key, store->by_name, (size_t)store->n_entries,
                                           sizeof *store->by_name, compare_names);
    return found ? *found : NULL;
}

const rn_store_entry *rn_store_find_average(const rn_store *store, const char *name)
{
    size_t size = strlen(name) + sizeof "." RN_AVERAGE;
    char *average = malloc(size);
    if (!average)
        return NULL;
    snprintf(average, size, "%s." RN_AVERAGE, name);
    const rn_store_entry *entry = rn_store_find(store, average);
    free(average);
    return entry;
}

uint64_t rn_store_largest_bytes(const rn_store *store)
{
    uint64_t largest = 0;
    for (int32_t i = 0; i < store->n_entries; i++)
        if (store->entries[i].desc.size_bytes > largest)
            largest = store->entries[i].desc.size_bytes;
    return largest;
}

/* Adds a copy of the tensors on the device. */
static rn_status add_copy(rn_store *store, rn_device *device)
{
    rn_store_copy *copy = &store->copies[store->n_copies++];
    *copy = (rn_store_copy){ .device = device, .version = 1, .uploads = 1 };
    if (!store->size_bytes)
        return RN_OK;
    rn_status status = rn_device_buffer(device, store->size_bytes, &copy->buffer);
    return status ? rn_fail_at(status, "backend %s", device->label) : RN_OK;
}

static rn_status fill(rn_store *store, rn_device *const *devices, int32_t n, const rn_dag *dag)
{
    store->entries = calloc((size_t)dag->n_values + 1, sizeof *store->entries);
    store->copies = calloc((size_t)n + 1, sizeof *store->copies);
    if (!store->entries || !store->copies)
        return rn_fail(RN_E_NOMEM, "no memory for the parameters");
    rn_status status = collect(store, dag);
    if (status)
        return status;
    status = sort_names(store);
    if (!status)
        status = place(store, dag);
    for (int32_t i = 0; i < n && !status; i++)
        status = add_copy(store, devices[i]);
    return status;
}

rn_status rn_store_create(rn_device *const *devices, int32_t n, const rn_dag *dag, rn_store **out)
{
    rn_store *store = calloc(1, sizeof *store);
    if (!store)
        return rn_fail(RN_E_NOMEM, "no memory for the parameters");
    rn_status status = fill(store, devices, n, dag);
    if (status)
        rn_store_destroy(store);
    else
        *out = store;
    return status;
}

void rn_store_destroy(rn_store *store)
{
    if (!store)
        return;
    for (int32_t i = 0; i < store->n_copies; i++) {
        const rn_device *device = store->copies[i].device;
        if (store->copies[i].buffer)
            device->backend->buffer_destroy(device->context, store->copies[i].buffer);
    }
    for (int32_t i = 0; i < store->n_entries; i++)
        free((char *)store->entries[i].name);
    free(store->copies);
    free(store->by_name);
    free(store->entries);
    free(store);
}

rn_status rn_store_download_of(rn_store *store, int32_t rank, const rn_store_entry *entry, void *to)
{
    const rn_store_copy *copy = &store->copies[rank];
    const rn_device *device = copy->device;
    rn_operand from = { copy->buffer, entry->offset_bytes };
    if (copy->spent_version == copy->version)
        return rn_fail(RN_E_DEVICE,
                       "\"%s\" cannot be read: the parameters are packed, and not kept "
                       "besides; load them again first",
                       entry->name);
    rn_status status = rn_device_download(device, to, from, entry->desc.size_bytes);
    return status ? rn_fail_at(status, "%s", device->label) : RN_OK;
}

rn_status rn_store_download(rn_store *store, const rn_store_entry *entry, void *to)
{
    return rn_store_download_of(store, 0, entry, to);
}

rn_status rn_store_upload(rn_store *store, const rn_store_entry *entry, const void *from)
{
    return rn_store_upload_part(store, entry, 0, from, entry->desc.size_bytes);
}

rn_status rn_store_upload_part(rn_store *store, const rn_store_entry *entry, uint64_t first,
                               const void *from, uint64_t size_bytes)
{
    for (int32_t i = 0; i < store->n_copies; i++) {
        rn_store_copy *copy = &store->copies[i];
        const rn_device *device = copy->device;
        rn_operand to = { copy->buffer, entry->offset_bytes + first };
        copy->version++;
        copy->uploads++;
        rn_status status = rn_device_upload(device, to, from, size_bytes);
        if (status)
            return rn_fail_at(status, "%s", device->label);
    }
    return RN_OK;
}

float *rn_store_open_memory(rn_store *store, const rn_store_entry *entry)
{
    rn_store_copy *copy = store->copies;
    if (store->n_copies != 1 || !copy->device->host_memory.size)
        return NULL;
    copy->version++;
    copy->uploads++;
    return copy->device->host_memory.pointer(copy->device->context,
                                             (rn_operand){ copy->buffer, entry->offset_bytes });
}

/* The entry's values, or those of its average if it has one. */
static rn_status download(rn_store *store, const rn_store_entry *entry, bool averaged, void *to)
{
    const rn_store_entry *average = averaged ? rn_store_find_average(store, entry->name) : NULL;
    return rn_store_download(store, average ? average : entry, to);
}

static rn_status list_tensors(rn_store *store, uint32_t roles, bool averaged,
                              rn_named_tensor **tensors, int64_t *count)
{
    rn_named_tensor *list = calloc((size_t)store->n_entries + 1, sizeof *list);
    int64_t n = 0;
    rn_status status = list ? RN_OK : rn_fail(RN_E_NOMEM, "no memory to copy the parameters");
    for (int32_t i = 0; i < store->n_entries && !status; i++) {
        const rn_store_entry *entry = &store->entries[i];
        if (!(roles >> entry->role & 1))
            continue;
        void *data = malloc(entry->desc.size_bytes);
        list[n] = (rn_named_tensor){ .name = strdup(entry->name),
                                     .dtype = entry->desc.dtype,
                                     .rank = entry->desc.rank,
                                     .data = data };
        memcpy(list[n].shape, entry->desc.shape, sizeof list[n].shape);
        n++;
        status = data && list[n - 1].name ? download(store, entry, averaged, data)
                                          : rn_fail(RN_E_NOMEM, "no memory to copy the parameters");
    }
    if (status) {
        rn_store_tensors_free(list, n);
        return status;
    }
    *tensors = list;
    *count = n;
    return RN_OK;
}

rn_status rn_store_tensors(rn_store *store, uint32_t roles, rn_named_tensor **tensors,
                           int64_t *count)
{
    return list_tensors(store, roles, false, tensors, count);
}

rn_status rn_store_averages(rn_store *store, uint32_t roles, rn_named_tensor **tensors,
                            int64_t *count)
{
    return list_tensors(store, roles, true, tensors, count);
}

void rn_store_tensors_free(rn_named_tensor *tensors, int64_t count)
{
    for (int64_t i = 0; tensors && i < count; i++) {
        free((void *)tensors[i].name);
        free((void *)tensors[i].data);
    }
    free(tensors);
}
