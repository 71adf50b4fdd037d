/* record.h: how long launches took, as the extension resnet.profile answers it: a list of launches,
 * and the entries that are made of it. */
#ifndef BACKENDS_GPU_RECORD_H
#define BACKENDS_GPU_RECORD_H

#include <resnet/plugin.h>
#include <resnet/profile.h>
#include <stdbool.h>

/* A launch, of a kernel or of a library's function. */
typedef struct gpu_timed {
    void *began, *ended; /* the library's events; `ended` NULL: it was not enqueued */
    int32_t run;
    char kernel[64];
} gpu_timed;

/* What was launched since `gpu_record_start`. Begins as zeros but for the functions. */
typedef struct gpu_record {
    void (*event_free)(void *event);
    /* Fills start_ns and end_ns. */
    rn_status (*times_read)(const struct gpu_record *record, const gpu_timed *launch,
                            rn_profile_entry *entry);
    bool is_on;
    bool is_short; /* of memory: a launch is missing */
    int32_t run;   /* the number of the operator's run; -1: none yet */
    gpu_timed *list;
    int64_t n, capacity;
    rn_profile_entry *entries; /* of the last recording */
    int64_t n_entries;
} gpu_record;

/* Forgets what was recorded, and begins to record. */
void gpu_record_start(gpu_record *record);

/* Another launch. NULL: there is no memory, and gpu_record_stop will say so. */
gpu_timed *gpu_record_add(gpu_record *record, const char *function);

/* Once all launches are done, or `status` says why not: makes the entries. */
rn_status gpu_record_stop(gpu_record *record, rn_status status, int64_t *n_entries);

/* NULL: nothing was recorded. */
rn_status gpu_record_entry(const gpu_record *record, int64_t index, rn_profile_entry *filled);

/* The answer where a profile is stopped that was not started. */
rn_status gpu_record_not_started(void);

/* What the record holds. */
void gpu_record_clear(gpu_record *record);

#endif
