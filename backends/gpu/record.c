/* record.c: the list of launches, and the entries of a profile. */
#include "gpu/record.h"

#include <stdlib.h>
#include <string.h>

#include "base/hand_over.h"
#include "gpu/kernel.h"

static rn_status no_memory(void)
{
    return gpu_host->fail(RN_E_NOMEM, "no memory for a profile");
}

static void list_clear(gpu_record *record)
{
    for (int64_t i = 0; i < record->n; i++) {
        if (record->list[i].began)
            record->event_free(record->list[i].began);
        if (record->list[i].ended)
            record->event_free(record->list[i].ended);
    }
    record->n = 0;
}

void gpu_record_start(gpu_record *record)
{
    list_clear(record);
    record->n_entries = 0;
    record->run = -1;
    record->is_short = false;
    record->is_on = true;
}

gpu_timed *gpu_record_add(gpu_record *record, const char *function)
{
    if (record->n == record->capacity) {
        int64_t capacity = record->capacity ? 2 * record->capacity : 1024;
        gpu_timed *grown = realloc(record->list, (size_t)capacity * sizeof *grown);
        if (!grown) {
            record->is_short = true;
            return NULL;
        }
        record->list = grown;
        record->capacity = capacity;
    }
    gpu_timed *launch = &record->list[record->n++];
    *launch = (gpu_timed){ .run = record->run };
    strncpy(launch->kernel, function, sizeof launch->kernel - 1);
    return launch;
}

static rn_status entry_read(const gpu_record *record, const gpu_timed *launch,
                            rn_profile_entry *entry)
{
    *entry = (rn_profile_entry){ .size = sizeof *entry, .run = launch->run };
    memcpy(entry->kernel, launch->kernel, sizeof entry->kernel);
    return record->times_read(record, launch, entry);
}

static rn_status entries_read(gpu_record *record)
{
    free(record->entries);
    record->n_entries = 0;
    record->entries = calloc((size_t)record->n + 1, sizeof *record->entries);
    if (!record->entries)
        return no_memory();
    for (int64_t i = 0; i < record->n; i++) {
        if (!record->list[i].ended)
            continue;
        rn_status status =
            entry_read(record, &record->list[i], &record->entries[record->n_entries]);
        if (status)
            return status;
        record->n_entries++;
    }
    return RN_OK;
}

rn_status gpu_record_stop(gpu_record *record, rn_status status, int64_t *n_entries)
{
    record->is_on = false;
    if (!status && record->is_short)
        status = no_memory();
    if (!status)
        status = entries_read(record);
    list_clear(record);
    *n_entries = status ? 0 : record->n_entries;
    return status;
}

rn_status gpu_record_entry(const gpu_record *record, int64_t index, rn_profile_entry *filled)
{
    if (!record || index < 0 || index >= record->n_entries)
        return gpu_host->fail(RN_E_PLUGIN, "the profile has no launch %lld", (long long)index);
    hand_over(filled, &record->entries[index]);
    return RN_OK;
}

rn_status gpu_record_not_started(void)
{
    return gpu_host->fail(RN_E_PLUGIN, "a profile was stopped that was not started");
}

void gpu_record_clear(gpu_record *record)
{
    list_clear(record);
    free(record->entries);
    free(record->list);
}
