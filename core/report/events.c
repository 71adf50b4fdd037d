/* events.c: writes TensorBoard's event files. A file only grows; a reader ignores a record that a
 * killed run did not finish. */
#define _GNU_SOURCE /* asprintf */
#include "report/events.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/status.h"
#include "io/file.h"
#include "report/event_record.h"
#include "report/run_files.h"

struct rn_events {
    char *path;
    FILE *file;
};

static rn_status cannot_write(const char *path)
{
    return rn_fail(RN_E_IO, "%s: cannot write it: %s", path, strerror(errno));
}

static double wall_time_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void put(rn_events *events, const rn_event_record *record)
{
    fwrite(record->bytes, record->size, 1, events->file);
}

static rn_status flush(rn_events *events)
{
    errno = 0;
    if (fflush(events->file) || ferror(events->file) || fsync(fileno(events->file))) {
        errno = errno ? errno : ENOSPC;
        return cannot_write(events->path);
    }
    return RN_OK;
}

/* Files are read in the order of their names: seconds since 1970, and a number where there is one
 * of that second already. */
static rn_status create(rn_events *events, const char *folder)
{
    int fd = -1;
    for (int n = 0; fd < 0; n++) {
        free(events->path);
        if (asprintf(&events->path, "%s/" RN_EVENTS_PREFIX "%010lld.%03d.resnet-run", folder,
                     (long long)time(NULL), n) < 0) {
            events->path = NULL;
            return rn_fail(RN_E_NOMEM, "%s: no memory for an event file", folder);
        }
        fd = open(events->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno != EEXIST)
            return cannot_write(events->path);
    }
    events->file = fdopen(fd, "wb");
    if (events->file)
        return RN_OK;
    close(fd);
    return cannot_write(events->path);
}

rn_status rn_events_open(const char *folder, int64_t step, rn_events **out)
{
    rn_event_record record;
    rn_events *events = calloc(1, sizeof *events);
    *out = NULL;
    if (!events)
        return rn_fail(RN_E_NOMEM, "%s: no memory for an event file", folder);
    rn_status status = create(events, folder);
    if (status)
        goto done;
    rn_event_version(&record, wall_time_s());
    put(events, &record);
    rn_event_restart(&record, wall_time_s(), step);
    put(events, &record);
    status = flush(events);
    if (status)
        goto done;
    *out = events;
    events = NULL;
done:
    rn_events_close(events);
    return status;
}

rn_status rn_events_add(rn_events *events, const rn_epoch_metrics *row)
{
    double now_s = wall_time_s();
    for (const rn_metric *metric = rn_metrics; metric->name; metric++) {
        rn_event_record record;
        double value = rn_metric_value(metric, row);
        if (!metric->tag || !isfinite(value))
            continue;
        rn_event_scalar(&record, now_s, row->step, metric->tag, (float)value);
        put(events, &record);
    }
    return flush(events);
}

void rn_events_close(rn_events *events)
{
    if (!events)
        return;
    if (events->file)
        fclose(events->file);
    free(events->path);
    free(events);
}

static bool is_event_file(const void *context, const char *name)
{
    (void)context;
    return strncmp(name, RN_EVENTS_PREFIX, strlen(RN_EVENTS_PREFIX)) == 0;
}

rn_status rn_events_clear(const char *folder)
{
    return rn_folder_remove(folder, is_event_file, NULL);
}
