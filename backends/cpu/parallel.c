/* parallel.c: cpu_parallel: the parts of a team, on all its threads or on one. */
#include "cpu/threads.h"

void cpu_parallel(rn_context *context, int64_t count,
                  void (*work)(void *argument, int64_t begin, int64_t end, int32_t thread),
                  void *argument)
{
    const cpu_team team = { work, argument, count, context->n_threads };
    if (count > 1 && team.n_threads > 1 && !context->is_alone) {
        cpu_pool_run(context->pool, &team);
        return;
    }
    for (int32_t i = 0; i < team.n_threads; i++)
        cpu_part_run(&team, i);
}
