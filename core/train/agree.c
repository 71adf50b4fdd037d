/* agree.c: small exchanges between the processes of a run. */
#include "train/agree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/status.h"
#include "world/world.h"

static rn_status no_memory(void)
{
    return rn_fail(RN_E_NOMEM, "no memory for what the processes agree on");
}

/* Replaces whole numbers by their sums over the processes. */
static rn_status add_up(int64_t *numbers, uint64_t count)
{
    return rn_world_add_up(0, RN_TRANSPORT_I64, numbers, count, 1);
}

rn_status rn_agree_flag(bool *flag)
{
    return rn_world_broadcast(0, flag, sizeof *flag);
}

rn_status rn_agree_text(char **text)
{
    int64_t size = *text ? (int64_t)strlen(*text) + 1 : 0;
    rn_status status = rn_world_broadcast(0, &size, sizeof size);
    if (status || size == 0)
        return status;
    if (!rn_world_is_first())
        *text = calloc((size_t)size, 1);
    return *text ? rn_world_broadcast(0, *text, (uint64_t)size) : no_memory();
}

rn_status rn_agree_step(bool *saves)
{
    int64_t numbers[RN_INTERRUPT_KINDS + 1];
    if (rn_world_is_alone())
        return RN_OK;
    rn_interrupt_read(numbers);
    numbers[RN_INTERRUPT_KINDS] = *saves && rn_world_is_first();
    rn_status status = add_up(numbers, RN_INTERRUPT_KINDS + 1);
    if (status)
        return status;
    rn_interrupt_agree(numbers);
    *saves = numbers[RN_INTERRUPT_KINDS] != 0;
    return RN_OK;
}

/* ---- Samples that were left out ---- */

/* One on its way to the other processes. */
typedef struct note {
    int64_t sample;
    char reason[1016];
} note;

static int64_t length_of(const rn_left_out *list)
{
    int64_t n = 0;
    for (; list; list = list->next)
        n++;
    return n;
}

static void write_notes(const rn_left_out *list, note *notes)
{
    for (; list; list = list->next, notes++) {
        notes->sample = list->sample;
        snprintf(notes->reason, sizeof notes->reason, "%s",
                 list->reason ? list->reason : "not enough memory to say why");
    }
}

/* Adds what the notes say to the end of a list. */
static rn_status read_notes(const note *notes, int64_t n, rn_left_out ***last)
{
    for (int64_t i = 0; i < n; i++) {
        rn_left_out *entry = calloc(1, sizeof *entry);
        if (!entry)
            return no_memory();
        entry->sample = notes[i].sample;
        entry->reason = strdup(notes[i].reason);
        **last = entry;
        *last = &entry->next;
    }
    return RN_OK;
}

/* Adds the samples of one process. */
static rn_status hear(int32_t process, int64_t n, const rn_left_out *own, rn_left_out ***last)
{
    note *notes = n ? calloc((size_t)n, sizeof *notes) : NULL;
    if (n == 0)
        return RN_OK;
    if (!notes)
        return no_memory();
    if (process == rn_world_get()->process)
        write_notes(own, notes);
    rn_status status = rn_world_broadcast(process, notes, (uint64_t)n * sizeof *notes);
    if (!status)
        status = read_notes(notes, n, last);
    free(notes);
    return status;
}

static rn_status hear_all(const rn_left_out *own, rn_left_out **all)
{
    const rn_world *world = rn_world_get();
    rn_left_out **last = all;
    int64_t *counts = calloc((size_t)world->n_processes, sizeof *counts);
    if (!counts)
        return no_memory();
    counts[world->process] = length_of(own);
    rn_status status = add_up(counts, (uint64_t)world->n_processes);
    for (int32_t i = 0; i < world->n_processes && !status; i++)
        status = hear(i, counts[i], own, &last);
    free(counts);
    return status;
}

rn_status rn_agree_left_out(void *context, rn_left_out **list)
{
    int64_t n = length_of(*list);
    rn_left_out *all = NULL;
    (void)context;
    rn_status status = add_up(&n, 1);
    if (status || n == 0)
        return status;
    status = hear_all(*list, &all);
    rn_left_out_free(*list);
    *list = all;
    return status;
}
