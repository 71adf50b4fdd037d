/* split.c: one piece of work on several threads. */
#include "base/split.h"

#include <stdbool.h>

#include "base/thread.h"

typedef struct range {
    pthread_t thread;
    bool is_started;
    rn_split_work *work;
    void *argument;
    int64_t begin, end;
    int32_t index;
} range;

static void *run(void *argument)
{
    const range *r = argument;
    if (r->begin < r->end)
        r->work(r->argument, r->begin, r->end, r->index);
    return NULL;
}

void rn_split_run(int64_t count, int32_t n_threads, rn_split_work *work, void *argument)
{
    range ranges[RN_SPLIT_THREADS];
    int32_t n = n_threads < RN_SPLIT_THREADS ? n_threads : RN_SPLIT_THREADS;
    n = n > count ? (int32_t)count : n;
    n = n < 1 ? 1 : n;
    for (int32_t i = 0; i < n; i++) {
        range *r = &ranges[i];
        *r = (range){ .work = work,
                      .argument = argument,
                      .begin = count / n * i + (i < count % n ? i : count % n),
                      .index = i };
        r->end = r->begin + count / n + (i < count % n);
        r->is_started = i > 0 && rn_thread_start(&r->thread, run, r) == 0;
    }
    for (int32_t i = 0; i < n; i++)
        if (!ranges[i].is_started)
            run(&ranges[i]);
    for (int32_t i = 0; i < n; i++)
        if (ranges[i].is_started)
            pthread_join(ranges[i].thread, NULL);
}
