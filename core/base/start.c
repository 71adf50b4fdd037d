/* start.c: times the stages of a start. */
#include "base/start.h"

#include <stdbool.h>
#include <time.h>

#include "base/log.h"

static _Thread_local bool is_counting;
static rn_stage present;
static double since_ms, spent_ms[RN_N_STAGES];

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

void rn_start_begin(void)
{
    is_counting = true;
    present = RN_STAGE_OTHER;
    for (int i = 0; i < RN_N_STAGES; i++)
        spent_ms[i] = 0;
    since_ms = now_ms();
}

rn_stage rn_start_enter(rn_stage stage)
{
    if (!is_counting)
        return stage;
    rn_stage before = present;
    double now = now_ms();
    spent_ms[before] += now - since_ms;
    since_ms = now;
    present = stage;
    return before;
}

void rn_start_end(void)
{
#define MEANING(name, meaning) meaning,
    static const char *const meanings[] = { RN_STAGES(MEANING) };
#undef MEANING
    double all_ms = 0;
    if (!is_counting)
        return;
    rn_start_enter(RN_STAGE_OTHER);
    is_counting = false;
    for (int i = 0; i < RN_N_STAGES; i++) {
        rn_log(RN_LOG_DEBUG, "start: %-32s %8.1f ms", meanings[i], spent_ms[i]);
        all_ms += spent_ms[i];
    }
    rn_log(RN_LOG_DEBUG, "start: %-32s %8.1f ms", "to the end of the first step", all_ms);
}
