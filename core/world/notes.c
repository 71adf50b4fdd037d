/* notes.c: notes between processes, and what follows from them. */
#include "world/notes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"

enum note_kind {
    NOTE_ALIVE = 1, /* to the process that watches the sender */
    NOTE_FAULT,     /* to all */
    NOTE_ENDED,     /* to process 0: the sender has ended its work */
    NOTE_ALL_ENDED, /* from process 0 to all */
};

typedef struct note {
    int32_t kind;
    rn_status status; /* of a fault */
    int64_t n_started;
    int32_t under_way;
    int16_t ended, busy;
    char text[RN_WORLD_TEXT_BYTES]; /* of a fault, or what the sender is busy with */
} note;

_Static_assert(sizeof(note) <= RN_TRANSPORT_NOTE_BYTES, "a note is too long for the transport");

/* How often a process tells that it is alive. Its watcher may have another deadline, until both
 * have read their cfg. */
#define NOTES_PER_DEADLINE 8
#define NOTE_S 0.1

/* How long a process that has failed listens whether another one has, too: so one message is
 * printed, that of the first of them. Far longer than a note takes. */
#define GRACE_S 0.25

static void post(rn_world_state *world, int32_t to, const note *what)
{
    uint32_t bytes = (uint32_t)(offsetof(note, text) + strlen(what->text) + 1);
    rn_status status = world->transport.post(world->link, to, what, bytes);
    if (!status)
        return;
    /* What is broken already is not told again. */
    char text[RN_WORLD_TEXT_BYTES];
    snprintf(text, sizeof text, "cannot send a note to process %d on host %s: %s", to,
             rn_world_host(world, to), rn_fail_text());
    world->broken = true;
    rn_world_record_own(world, status, text);
}

static void post_to_all(rn_world_state *world, const note *what)
{
    for (int32_t i = 0; i < world->facts.n_processes; i++)
        if (i != world->facts.process)
            post(world, i, what);
}

/* Process 0 lets the others go when it leaves itself. */
static void count_end(rn_world_state *world)
{
    pthread_mutex_lock(&world->lock);
    world->all_ended = ++world->n_ended == world->facts.n_processes - 1;
    pthread_cond_broadcast(&world->news);
    pthread_mutex_unlock(&world->lock);
}

static void take_alive(rn_world_neighbour *next, const note *what)
{
    next->heard_s = rn_world_now_s();
    if (what->n_started > next->n_started || what->busy != next->busy)
        next->advanced_s = next->heard_s;
    next->n_started = what->n_started;
    next->under_way = what->under_way;
    next->ended = what->ended;
    next->busy = what->busy;
    snprintf(next->busy_with, sizeof next->busy_with, "%.63s", what->text);
}

static void take_note(rn_world_state *world, int32_t from, const note *what)
{
    if (what->kind == NOTE_ALIVE) {
        take_alive(&world->next, what);
    } else if (what->kind == NOTE_ENDED) {
        count_end(world);
    } else {
        pthread_mutex_lock(&world->lock);
        world->all_ended = world->all_ended || what->kind == NOTE_ALL_ENDED;
        pthread_cond_broadcast(&world->news);
        if (what->kind == NOTE_FAULT)
            rn_world_record(world, what->status, from, what->text);
        pthread_mutex_unlock(&world->lock);
    }
}

static void take_notes(rn_world_state *world)
{
    for (;;) {
        note what = { 0 };
        char room[RN_TRANSPORT_NOTE_BYTES];
        int32_t from = 0;
        uint32_t bytes = 0;
        rn_status status = world->transport.poll(world->link, &from, room, &bytes);
        if (status) {
            world->broken = true;
            rn_world_record_own(world, status, rn_fail_text());
            return;
        }
        if (!bytes)
            return;
        memcpy(&what, room, bytes < sizeof what ? bytes : sizeof what);
        what.text[sizeof what.text - 1] = 0;
        take_note(world, from, &what);
    }
}

/* To the process that watches this one. */
static void tell_alive(rn_world_state *world)
{
    note alive = { .kind = NOTE_ALIVE };
    int32_t n = world->facts.n_processes;
    pthread_mutex_lock(&world->lock);
    alive.n_started = world->n_started;
    for (const rn_world_sum *sum = world->started; sum; sum = sum->next)
        alive.under_way++;
    alive.ended = world->ended;
    alive.busy = world->busy;
    memcpy(alive.text, world->busy_with, sizeof world->busy_with);
    pthread_mutex_unlock(&world->lock);
    post(world, (world->facts.process + n - 1) % n, &alive);
}

static void tell_fault(rn_world_state *world)
{
    note fault = { .kind = NOTE_FAULT };
    pthread_mutex_lock(&world->lock);
    fault.status = world->fault.status;
    memcpy(fault.text, world->fault.text, sizeof fault.text);
    pthread_mutex_unlock(&world->lock);
    post_to_all(world, &fault);
    world->told_s = rn_world_now_s();
}

static void accuse(rn_world_state *world, const char *what)
{
    char text[RN_WORLD_TEXT_BYTES];
    int32_t next = (world->facts.process + 1) % world->facts.n_processes;
    snprintf(text, sizeof text, "process %d on host %s %s", next, rn_world_host(world, next), what);
    pthread_mutex_lock(&world->lock);
    rn_world_record(world, RN_E_DEVICE, world->facts.process, text);
    pthread_mutex_unlock(&world->lock);
}

/* The oldest exchange that is under way: its number, and for how long it has been. */
static bool find_oldest(rn_world_state *world, double now_s, int64_t *number, double *for_s)
{
    pthread_mutex_lock(&world->lock);
    const rn_world_sum *sum = world->started;
    if (sum) {
        *number = sum->number;
        *for_s = now_s - sum->start_s;
    }
    pthread_mutex_unlock(&world->lock);
    return sum;
}

/* A process that waits is not at fault: it waits for another one, whom its own watcher judges. */
static void judge(rn_world_state *world, double now_s)
{
    const rn_world_neighbour *next = &world->next;
    double deadline_s = world->limit_s, for_s = 0;
    char text[RN_WORLD_TEXT_BYTES / 2];
    int64_t number = 0;
    if (now_s - next->heard_s > deadline_s) {
        snprintf(text, sizeof text,
                 "has been silent for %.3g s: it was stopped or killed, or its network was cut",
                 deadline_s);
        accuse(world, text);
        return;
    }
    if (!find_oldest(world, now_s, &number, &for_s))
        return;
    double patience_s = deadline_s * (next->busy ? RN_WORLD_PATIENCE : 1);
    bool is_behind = next->n_started <= number && !next->under_way;
    if (is_behind && for_s > patience_s && now_s - next->advanced_s > patience_s) {
        snprintf(text, sizeof text,
                 "has not come to exchange %lld for %.3g s, and the others wait for it%s%s; if it "
                 "only needs longer, raise run.deadline",
                 (long long)number, patience_s, next->busy || next->ended ? "; it " : "",
                 next->ended ? "has ended its work" : next->busy_with);
        accuse(world, text);
    } else if (for_s > deadline_s * RN_WORLD_PATIENCE) {
        snprintf(text, sizeof text,
                 "exchange %lld has not ended for %.3g s: the network is too slow or was cut, or "
                 "run.deadline is too short",
                 (long long)number, for_s);
        rn_world_record_own(world, RN_E_DEVICE, text);
    }
}

/* Where this process itself was stopped for a while, the others were not silent. */
static void allow_for_pause(rn_world_state *world, double now_s)
{
    if (now_s - world->turn_s > world->limit_s / NOTES_PER_DEADLINE)
        world->next.heard_s = world->next.advanced_s = now_s;
    world->turn_s = now_s;
}

static void tell_end(rn_world_state *world)
{
    const note ended = { .kind = NOTE_ENDED };
    world->told_end = true;
    if (world->facts.process)
        post(world, 0, &ended);
}

void rn_notes_let_go(rn_world_state *world)
{
    const note all = { .kind = NOTE_ALL_ENDED };
    if (!world->facts.process)
        post_to_all(world, &all);
}

void rn_notes_turn(rn_world_state *world)
{
    double now_s = rn_world_now_s();
    pthread_mutex_lock(&world->lock);
    bool has_failed = world->fault.status, ended = world->ended;
    world->limit_s = world->deadline_s;
    bool tells = has_failed && world->fault.teller == world->facts.process && !world->told_s;
    pthread_mutex_unlock(&world->lock);
    take_notes(world);
    allow_for_pause(world, now_s);
    if (tells)
        tell_fault(world);
    if (has_failed)
        return;
    if (ended && !world->told_end)
        tell_end(world);
    if (now_s - world->note_s >= fmin(NOTE_S, world->limit_s / NOTES_PER_DEADLINE)) {
        tell_alive(world);
        world->note_s = now_s;
    }
    judge(world, now_s);
}

bool rn_notes_have_told(const rn_world_state *world)
{
    return world->fault.teller != world->facts.process ||
           (world->told_s && rn_world_now_s() - world->told_s > GRACE_S);
}
