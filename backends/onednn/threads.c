/* threads.c: cpu_parallel on OpenMP's threads, which are oneDNN's: a second pool would fight with
 * them for the processors, as they spin between two primitives. */
#include "common/threads.h"

#include <omp.h>

/* Work for each thread of a team. */
typedef struct team {
    int64_t count;
    int32_t n_threads;
} team;

/* The first item of part `index`; sizes differ by one at most. */
static int64_t part_begin(const team *t, int32_t index)
{
    int64_t share = t->count / t->n_threads, rest = t->count % t->n_threads;
    return share * index + (index < rest ? index : rest);
}

void cpu_parallel(rn_context *context, int64_t count,
                  void (*work)(void *argument, int64_t begin, int64_t end, int32_t thread),
                  void *argument)
{
    const team t = { count, context->n_threads };
    /* OpenMP allocates a team of one anew each time. */
    if (t.n_threads == 1) {
        if (count > 0)
            work(argument, 0, count, 0);
        return;
    }
    /* OpenMP may give fewer threads than were asked for; the parts stay the same. */
#pragma omp parallel for num_threads(t.n_threads) schedule(static, 1)
    for (int32_t i = 0; i < t.n_threads; i++) {
        int64_t begin = part_begin(&t, i), end = part_begin(&t, i + 1);
        if (begin < end)
            work(argument, begin, end, i);
    }
}

rn_status cpu_pool_create(int32_t n_threads, cpu_pool **pool)
{
    /* oneDNN plans its work for this many when it makes a primitive. */
    omp_set_num_threads(n_threads);
    *pool = NULL;
    return RN_OK;
}

void cpu_pool_destroy(cpu_pool *pool)
{
    (void)pool;
}
