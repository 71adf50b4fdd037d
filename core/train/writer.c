/* writer.c: the thread that writes a snapshot. */
#include "train/writer.h"

#include <stdio.h>

#include "base/status.h"
#include "base/thread.h"
#include "plugin/registry.h"

static double now_s(void)
{
    return (double)rn_host_table()->time_ns() * 1e-9;
}

static void *work(void *argument)
{
    rn_writer *w = argument;
    double start_s = now_s();
    w->status = rn_snapshot_write(w->snapshot);
    snprintf(w->message, sizeof w->message, "%s", w->status ? rn_fail_text() : "");
    w->seconds = now_s() - start_s;
    w->is_written = true;
    return NULL;
}

void rn_writer_begin(rn_writer *w, rn_snapshot *snapshot)
{
    w->snapshot = snapshot;
    w->is_written = false;
    w->has_thread = rn_thread_start(&w->thread, work, w) == 0;
    if (!w->has_thread)
        work(w);
}

bool rn_writer_is_done(const rn_writer *w)
{
    return !w->snapshot || w->is_written;
}

void rn_writer_abandon(rn_writer *w)
{
    if (!w->snapshot)
        return;
    if (w->has_thread)
        pthread_join(w->thread, NULL);
    rn_snapshot_destroy(w->snapshot);
    w->snapshot = NULL;
}

rn_status rn_writer_finish(rn_writer *w)
{
    if (!w->snapshot)
        return RN_OK;
    rn_writer_abandon(w);
    return w->status ? rn_fail(w->status, "%s", w->message) : RN_OK;
}
