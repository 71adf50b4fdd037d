/* record.h: the duration of launches, for the extension resnet.profile: a list of launches, and the
 * entries made from it. */
#ifndef BACKENDS_GPU_RECORD_H
#define BACKENDS_GPU_RECORD_H

#include <resnet/plugin.h>
#include <resnet/profile.h>
#include <stdbool.h>

/* A launch of a kernel or of a library function. */
typedef struct gpu_timed {
    void *began, *ended; /* the library's events; `ended` NULL: it was not enqueued */
    int32_t run;
    char kernel[64];
} gpu_timed;

/* The launches since gpu_record_start(). Zero-initialise, then set the two functions. */
typedef struct gpu_record {
    void (*event_free)(void *event);
    /* Fills start_ns and end_ns. */
    rn_status (*times_read)(const struct gpu_record *record, const gpu_timed *launch,
                            rn_profile_entry *entry);
    bool is_on;
    bool is_short; /* memory ran out: a launch is missing */
    int32_t run;   /* the number of the operator's run; -1: none yet */
    gpu_timed *list;
    int64_t n, capacity;
    rn_profile_entry *entries; /* of the latest recording */
    int64_t n_entries;
} gpu_record;

/* Discards what was recorded, and starts recording. */
void gpu_record_start(gpu_record *record);

/* Adds a launch. NULL: out of memory, which gpu_record_stop reports. */
gpu_timed *gpu_record_add(gpu_record *record, const char *function);

/* Stops recording and makes the entries. All launches must have finished, or `status` is the error
 * that prevented it. */
rn_status gpu_record_stop(gpu_record *record, rn_status status, int64_t *n_entries);

/* Fills an entry. Fails if there is none; a NULL record has none. */
rn_status gpu_record_entry(const gpu_record *record, int64_t index, rn_profile_entry *filled);

/* Fails: a profile was stopped that had not been started. */
rn_status gpu_record_not_started(void);

/* Frees what the record holds. */
void gpu_record_clear(gpu_record *record);

#endif
