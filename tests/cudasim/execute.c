/* execute.c: runs enqueued work, as late and as little of it as a wait requires. */
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "machine.h"

static struct {
    cudaStream_t running; /* the stream whose work is running, or NULL */
    const char *function;
    sigjmp_buf escape;
    struct sigaction before;
    const void *volatile fault;
    uint64_t steps;
} execution;

/* Set while this thread runs simulated work; its faults may be accesses to device memory. */
static _Thread_local volatile sig_atomic_t runs_work;

static void on_fault(int signal, siginfo_t *info, void *context)
{
    (void)context;
    if (runs_work && cudasim_memory_is_near(info->si_addr)) {
        execution.fault = info->si_addr;
        siglongjmp(execution.escape, 1);
    }
    sigaction(signal, &execution.before, NULL);
}

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

void cudasim_late_error(cudaError_t error)
{
    cudasim_lock();
    int device = execution.running ? execution.running->device : cudasim_device();
    cudasim_gpu *gpu = cudasim_gpu_at(device);
    if (!gpu->lost)
        gpu->lost = error;
    cudasim_unlock();
}

/* False: it must wait for other streams. */
static bool run_work(cudaStream_t stream, cudasim_item *item)
{
    volatile bool done = true;
    if (cudasim_gpu_at(stream->device)->lost)
        return true;
    execution.running = stream;
    execution.function = item->function;
    if (cudasim_fails_late(item->function)) {
        cudasim_late_error(cudaErrorIllegalAddress);
    } else if (sigsetjmp(execution.escape, 1) == 0) {
        runs_work = 1;
        done = item->run(item->what);
    } else {
        runs_work = 0;
        cudasim_blame(item->function, "touches memory that is not, or no longer, device memory");
        cudasim_late_error(cudaErrorIllegalAddress);
    }
    runs_work = 0;
    execution.running = NULL;
    return done;
}

/* Runs the first item of a stream, which must not be waiting. */
static bool step(cudaStream_t stream)
{
    cudasim_item *item = stream->first;
    if (item->run && !run_work(stream, item))
        return false;
    if (item->signal) {
        item->signal->done = true;
        item->signal->time_ms = now_ms();
        item->signal->stream = NULL;
    }
    cudasim_mark_drop(item->signal);
    cudasim_mark_drop(item->wait);
    stream->first = item->next;
    if (!stream->first)
        stream->last = NULL;
    free(item);
    execution.steps++;
    return true;
}

/* Runs the stream up to the mark or the end of its queue; at most `steps` items, 0: no limit.
 * False: it is blocked. */
static bool advance(cudaStream_t stream, const cudasim_mark *mark, uint64_t steps)
{
    uint64_t end = steps ? execution.steps + steps : UINT64_MAX;
    while (stream->first && !(mark && mark->done) && execution.steps < end) {
        cudasim_mark *wait = stream->first->wait;
        if (wait && !wait->done && !advance(wait->stream, wait, steps))
            return false;
        if (wait && !wait->done)
            continue;
        if (execution.steps < end && !step(stream))
            return false;
    }
    return true;
}

/* For a stream blocked in work that needs streams nobody waits for: on a GPU those would progress
 * by themselves. */
static bool advance_others(cudaStream_t stream)
{
    uint64_t before = execution.steps;
    for (cudaStream_t other = cudasim_streams(); other; other = other->next)
        if (other != stream)
            advance(other, NULL, 0);
    return execution.steps > before;
}

static void open_machine(void)
{
    struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
    sigemptyset(&action.sa_mask);
    cudasim_memory_open(true);
    sigaction(SIGSEGV, &action, &execution.before);
}

static void close_machine(void)
{
    sigaction(SIGSEGV, &execution.before, NULL);
    cudasim_memory_open(false);
}

cudaError_t cudasim_wait(const char *function, cudaStream_t stream, cudasim_mark *mark)
{
    int device = stream->device;
    if (!stream->first || (mark && mark->done))
        return cudasim_gpu_at(device)->lost;
    if (mark)
        mark->users++;
    open_machine();
    if (cudasim_order_of_work() == CUDASIM_OTHERS)
        advance_others(stream);
    while (!advance(stream, mark, 0)) {
        if (advance_others(stream))
            continue;
        close_machine();
        bool woke = cudasim_pause();
        open_machine();
        if (woke)
            continue;
        cudasim_blame(function, "waits forever: %s needs work that nobody enqueues",
                      stream->first->function);
        cudasim_gpu_at(device)->lost = cudaErrorLaunchTimeout;
    }
    close_machine();
    cudasim_mark_drop(mark);
    return cudasim_gpu_at(device)->lost;
}

cudaError_t cudasim_wait_device(const char *function, int device)
{
    cudaError_t error = cudaSuccess;
    for (cudaStream_t stream = cudasim_streams(); stream; stream = stream->next)
        if (device < 0 || stream->device == device) {
            cudaError_t found = cudasim_wait(function, stream, NULL);
            if (found)
                error = found;
        }
    return error;
}

void cudasim_poll(cudaStream_t stream, cudasim_mark *mark)
{
    if (!stream->first)
        return;
    open_machine();
    if (!advance(stream, mark, 1))
        advance_others(stream);
    close_machine();
}

void cudasim_settle(cudaStream_t stream)
{
    if (cudasim_order_of_work() != CUDASIM_EARLY)
        return;
    open_machine();
    advance(stream, NULL, 0);
    close_machine();
}
