/* fibers.c: the threads of a block. A fiber runs one thread after another; only a thread that has
 * to wait keeps its fiber, and the next thread begins in another one. So kernels without barriers
 * are plain loops. After each barrier the threads resume in a different order, so that a missing
 * barrier shows.
 *
 * Fibers switch by _setjmp and _longjmp, which make no system calls: 256 threads with 10 barriers
 * take 0.09 ms (Zen 4). */
#undef _FORTIFY_SOURCE /* its longjmp rejects a jump to another stack */
#include "fibers.h"

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "races.h"

#define STACK_BYTES (size_t)(192 << 10)
#define GUARD_BYTES (size_t)4096
#define COLOUR_BYTES (size_t)64 /* stacks start in different cache sets: 1.3 times as fast */
#define N_ORDERS 8
#define WARP 32
#define NOTHING_LEFT 100 /* nothing can run; not a fibers_end */

typedef struct fiber {
    jmp_buf at;
    char *stack;
    bool has_begun;
} fiber;

typedef enum state { FRESH, READY, AT_BARRIER, IN_EXCHANGE, ENDED } state;

typedef struct thread {
    cudasim_dim index;
    state state;
    int line;
    fiber *fiber; /* while it is neither fresh nor ended */
    /* what it passes to its warp, and what it receives */
    cudasim_exchange what;
    unsigned mask;
    int operand, width;
    unsigned long long value, result;
} thread;

static struct {
    fibers_launch launch;
    int n, n_fresh, n_ended, n_at_barrier;
    thread threads[FIBERS_MAX_THREADS];
    uint16_t orders[N_ORDERS][FIBERS_MAX_THREADS];
    int ordered_n; /* the number of threads that `orders` was made for */
    unsigned barriers, exchanges[FIBERS_MAX_THREADS / WARP]; /* so far, in the block; by warp */
    uint64_t phase;
    const uint16_t *order;
    uint16_t queue[FIBERS_MAX_THREADS]; /* ring buffer of ready threads */
    unsigned head, tail;
    fiber fibers[FIBERS_MAX_THREADS];
    fiber *idle[FIBERS_MAX_THREADS];
    int n_fibers, n_idle;
    thread *current;
    fiber *running;
    jmp_buf home;
    char why[512];
} block;

static _Thread_local bool is_inside;

/* ---- changing from one to another ---- */

static void resume_another(void) __attribute__((noreturn));

static void run_thread(thread *t)
{
    block.current = t;
    *block.launch.module->thread = t->index;
    block.launch.entry->call(block.launch.args);
    t->state = ENDED;
    block.n_ended++;
}

/* The endless loop of a fiber. */
static void fiber_body(void)
{
    for (;;) {
        while (block.n_fresh > 0) {
            block.n_fresh--;
            run_thread(&block.threads[block.order[block.n_fresh]]);
        }
        block.idle[block.n_idle++] = block.running;
        if (_setjmp(block.running->at) == 0)
            resume_another();
    }
}

static void enter_fiber(fiber *f)
{
    ucontext_t context;
    block.running = f;
    if (f->has_begun)
        _longjmp(f->at, 1);
    f->has_begun = true;
    getcontext(&context);
    context.uc_stack.ss_sp = f->stack + GUARD_BYTES;
    context.uc_stack.ss_size = STACK_BYTES - GUARD_BYTES;
    context.uc_stack.ss_size -= COLOUR_BYTES * (size_t)(f - block.fibers);
    context.uc_link = NULL;
    makecontext(&context, fiber_body, 0);
    setcontext(&context);
}

static void resume_another(void)
{
    if (block.n_fresh > 0 && block.n_idle > 0)
        enter_fiber(block.idle[--block.n_idle]);
    if (block.head != block.tail) {
        thread *t = &block.threads[block.queue[block.head++ % FIBERS_MAX_THREADS]];
        block.current = t;
        block.running = t->fiber;
        *block.launch.module->thread = t->index;
        _longjmp(t->fiber->at, 1);
    }
    is_inside = false;
    _longjmp(block.home, NOTHING_LEFT);
}

static void make_ready(thread *t)
{
    t->state = READY;
    block.queue[block.tail++ % FIBERS_MAX_THREADS] = (uint16_t)(t - block.threads);
}

static void wait_here(thread *me)
{
    me->fiber = block.running;
    if (_setjmp(me->fiber->at) == 0)
        resume_another();
}

/* ---- what kernels call ---- */

static void barrier(int line)
{
    thread *me = block.current;
    me->state = AT_BARRIER;
    me->line = line;
    block.n_at_barrier++;
    if (block.n_at_barrier == block.n) {
        bool same = true;
        for (int i = 0; i < block.n; i++)
            same = same && block.threads[i].line == line;
        if (same) {
            block.n_at_barrier = 0;
            block.barriers++;
            block.order = block.orders[++block.phase % N_ORDERS];
            for (int i = 0; i < block.n; i++)
                make_ready(&block.threads[block.order[i]]);
        }
    }
    wait_here(me);
}

/* The lane a thread's value comes from; -1: its own. */
static int source_of(const thread *t, int lane)
{
    int width = t->width, first = lane & ~(width - 1), from;
    switch (t->what) {
        case CUDASIM_SHUFFLE: return first + (t->operand & (width - 1));
        case CUDASIM_SHUFFLE_UP: from = lane - t->operand; break;
        case CUDASIM_SHUFFLE_DOWN: from = lane + t->operand; break;
        case CUDASIM_SHUFFLE_XOR: from = lane ^ t->operand; break;
        default: return -1;
    }
    return from >= first && from < first + width ? from : -1;
}

static void fail(const char *what, const thread *t)
{
    snprintf(block.why, sizeof block.why, "thread %d, line %d: %s", (int)(t - block.threads),
             t->line, what);
    is_inside = false;
    _longjmp(block.home, FIBERS_DEADLOCK);
}

/* Called once all lanes of the mask have arrived. */
static void exchange_now(thread *warp, unsigned mask)
{
    unsigned long long votes = 0;
    block.exchanges[(warp - block.threads) / WARP]++;
    for (int i = 0; i < WARP; i++)
        if (mask >> i & 1 && warp[i].value)
            votes |= 1ull << i;
    for (int i = 0; i < WARP; i++) {
        if (!(mask >> i & 1))
            continue;
        int from = source_of(&warp[i], i);
        if (from >= 0 && !(mask >> from & 1))
            fail("a shuffle reads a lane outside the mask", &warp[i]);
        warp[i].result = warp[from < 0 ? i : from].value;
        if (warp[i].what == CUDASIM_BALLOT)
            warp[i].result = votes;
    }
}

static bool all_arrived(const thread *warp, const thread *me, int n)
{
    for (int i = 0; i < WARP; i++) {
        if (!(me->mask >> i & 1))
            continue;
        if (i >= n || warp[i].state != IN_EXCHANGE || warp[i].line != me->line ||
            warp[i].what != me->what || warp[i].mask != me->mask)
            return false;
    }
    return true;
}

static unsigned long long exchange(int line, cudasim_exchange what, unsigned mask,
                                   unsigned long long value, int operand, int width)
{
    thread *me = block.current;
    int id = (int)(me - block.threads), lane = id % WARP;
    thread *warp = me - lane;
    me->line = line;
    if (!(mask >> lane & 1))
        fail("the mask lacks the calling lane", me);
    if (width < 1 || width > WARP || (width & (width - 1)))
        fail("the width is not a power of 2 up to 32", me);
    me->state = IN_EXCHANGE;
    me->what = what;
    me->mask = mask;
    me->value = value;
    me->operand = operand;
    me->width = width;
    if (!all_arrived(warp, me, block.n - (id - lane))) {
        wait_here(me);
        return me->result;
    }
    exchange_now(warp, mask);
    for (int i = 0; i < WARP; i++)
        if (mask >> i & 1 && &warp[i] != me)
            make_ready(&warp[i]);
    me->state = READY;
    return me->result;
}

static void access(const void *address, unsigned bytes, cudasim_access how)
{
    const int index = (int)(block.current - block.threads);
    const races_thread me = { index, block.barriers, block.exchanges[index / WARP] };
    if (is_inside)
        races_access(&me, address, bytes, how);
}

const cudasim_hooks FIBERS_HOOKS = { barrier, exchange, access };

/* ---- blocks ---- */

static bool make_fibers(int n)
{
    while (block.n_fibers < n) {
        fiber *f = &block.fibers[block.n_fibers];
        f->stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (f->stack == MAP_FAILED || mprotect(f->stack, GUARD_BYTES, PROT_NONE))
            return false;
        block.idle[block.n_idle++] = f;
        block.n_fibers++;
    }
    return true;
}

/* Makes a different thread order for each phase, the same in each run of a program. */
static void make_orders(int n)
{
    uint64_t random = 0x9e3779b97f4a7c15u;
    if (block.ordered_n == n)
        return;
    for (int k = 0; k < N_ORDERS; k++) {
        uint16_t *order = block.orders[k];
        for (int i = 0; i < n; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            int at = (int)((random >> 33) % (uint64_t)(i + 1));
            order[i] = order[at];
            order[at] = (uint16_t)i;
        }
    }
    block.ordered_n = n;
}

bool fibers_prepare(const fibers_launch *launch, cudasim_dim dim)
{
    block.launch = *launch;
    block.n = (int)(dim.x * dim.y * dim.z);
    block.phase = launch->seed;
    make_orders(block.n);
    for (int i = 0; i < block.n; i++) {
        unsigned at = (unsigned)i;
        block.threads[i].index =
            (cudasim_dim){ at % dim.x, at / dim.x % dim.y, at / dim.x / dim.y };
    }
    return make_fibers(block.n);
}

/* Discards the state that a failed block left. */
static void reset_fibers(void)
{
    block.n_idle = 0;
    for (int i = 0; i < block.n_fibers; i++) {
        block.fibers[i].has_begun = false;
        block.idle[block.n_idle++] = &block.fibers[i];
    }
}

static void describe_deadlock(void)
{
    int n_ended = 0, lines[2] = { 0, 0 }, waiting[2] = { 0, 0 };
    for (int i = 0; i < block.n; i++) {
        const thread *t = &block.threads[i];
        if (t->state == IN_EXCHANGE) {
            snprintf(block.why, sizeof block.why,
                     "thread %d waits in line %d for lanes of its "
                     "warp (mask 0x%08x) that do not exist, have ended or wait elsewhere",
                     i, t->line, t->mask);
            return;
        }
        n_ended += t->state == ENDED;
        if (t->state != AT_BARRIER)
            continue;
        int k = waiting[0] == 0 || t->line == lines[0] ? 0 : 1;
        lines[k] = t->line;
        waiting[k]++;
    }
    snprintf(block.why, sizeof block.why,
             "%d threads wait at __syncthreads in line %d, %d in "
             "line %d, %d have ended",
             waiting[0], lines[0], waiting[1], lines[1], n_ended);
}

fibers_end fibers_run_block(void)
{
    for (int i = 0; i < block.n; i++)
        block.threads[i].state = FRESH;
    block.n_fresh = block.n;
    block.n_ended = block.n_at_barrier = 0;
    block.head = block.tail = 0;
    block.barriers = 0;
    memset(block.exchanges, 0, sizeof block.exchanges);
    block.order = block.orders[++block.phase % N_ORDERS];
    int end = _setjmp(block.home);
    if (end == 0) {
        is_inside = true;
        resume_another();
    }
    if (end == NOTHING_LEFT && block.n_ended == block.n)
        return FIBERS_DONE;
    if (end == NOTHING_LEFT)
        describe_deadlock();
    reset_fibers();
    return end == NOTHING_LEFT ? FIBERS_DEADLOCK : (fibers_end)end;
}

const char *fibers_why(void)
{
    return block.why;
}

void fibers_fault(int signal, const void *address)
{
    const thread *t = block.current;
    if (!is_inside)
        return;
    is_inside = false;
    snprintf(block.why, sizeof block.why, "thread (%u, %u, %u): signal %d at address %p",
             t->index.x, t->index.y, t->index.z, signal, address);
    _longjmp(block.home, signal == SIGSEGV || signal == SIGBUS ? FIBERS_FAULT : FIBERS_ILLEGAL);
}
