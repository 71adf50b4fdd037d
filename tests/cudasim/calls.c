/* calls.c: entry and exit of every function of the stand-ins: the lock, call counts, injected
 * failures, reports of misuse, and the report at exit. */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "machine.h"

#define FUNCTIONS_MAX 512
#define BLAMES_MAX 256
#define PATIENCE_S 60
#define UNHEARD_NS 1000000

typedef struct call_count {
    const char *name;
    uint64_t calls;
} call_count;

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t left;
    pthread_t owner;
    int depth, waiting;
    int unheard; /* what other processes may do without waking those that wait here */
    call_count functions[FUNCTIONS_MAX];
    int n_functions;
    uint64_t calls, fail_at, fail_calls;
    char fail_name[128]; /* empty: any function */
    char failed[128];    /* the function that failed last */
    uint64_t late_at;    /* as fail_at, for work */
    char late_name[128];
    int blames, n_texts;
    char *blame_texts[BLAMES_MAX];
} calls = { .mutex = PTHREAD_MUTEX_INITIALIZER, .left = PTHREAD_COND_INITIALIZER };

static _Thread_local cudaError_t last_error;
static _Thread_local int lock_depth;

/* "NAME:N" or "N" */
static void read_failure(const char *text, char name[128], uint64_t *at)
{
    if (!text)
        return;
    const char *colon = strchr(text, ':');
    if (colon)
        snprintf(name, 128, "%.*s", (int)(colon - text), text);
    *at = strtoull(colon ? colon + 1 : text, NULL, 10);
}

__attribute__((constructor)) static void read_environment(void)
{
    read_failure(getenv("CUDASIM_FAIL"), calls.fail_name, &calls.fail_at);
    read_failure(getenv("CUDASIM_FAIL_LATE"), calls.late_name, &calls.late_at);
}

bool cudasim_fails_late(const char *function)
{
    if (!calls.late_at || (calls.late_name[0] && strcmp(function, calls.late_name)))
        return false;
    return --calls.late_at == 0;
}

void cudasim_lock(void)
{
    if (lock_depth++ == 0)
        pthread_mutex_lock(&calls.mutex);
}

void cudasim_unlock(void)
{
    if (--lock_depth > 0)
        return;
    if (calls.waiting)
        pthread_cond_broadcast(&calls.left);
    pthread_mutex_unlock(&calls.mutex);
}

void cudasim_unheard(int change)
{
    cudasim_lock();
    calls.unheard += change;
    cudasim_unlock();
}

bool cudasim_pause(void)
{
    struct timespec until;
    int depth = lock_depth;
    bool looks_again = calls.unheard > 0;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += looks_again ? UNHEARD_NS : 0;
    until.tv_sec += (looks_again ? 0 : PATIENCE_S) + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    lock_depth = 0;
    calls.waiting++;
    int error = pthread_cond_timedwait(&calls.left, &calls.mutex, &until);
    calls.waiting--;
    lock_depth = depth;
    return error == 0 || looks_again;
}

/* Compared as text: names are __func__ of several libraries, so pointers differ. */
static call_count *find_function(const char *name)
{
    for (int i = 0; i < calls.n_functions; i++)
        if (!strcmp(calls.functions[i].name, name))
            return &calls.functions[i];
    if (calls.n_functions == FUNCTIONS_MAX)
        return &calls.functions[0];
    calls.functions[calls.n_functions].name = strdup(name);
    return &calls.functions[calls.n_functions++];
}

/* Functions that free or that describe errors do not fail. */
static bool can_fail(const char *name)
{
    static const char *const never[] = { "Destroy",     "Free",         "Unload",
                                         "Abort",       "LastError",    "ErrorName",
                                         "ErrorString", "StatusString", "EndCapture" };
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        if (strstr(name, never[i]))
            return false;
    return true;
}

static bool must_fail(const char *name)
{
    if (!can_fail(name))
        return false;
    calls.calls++;
    if (!calls.fail_at || (calls.fail_name[0] && strcmp(name, calls.fail_name)))
        return false;
    if (++calls.fail_calls < calls.fail_at)
        return false;
    calls.fail_at = 0;
    snprintf(calls.failed, sizeof calls.failed, "%s", name);
    return true;
}

cudasim_verdict cudasim_enter(const char *function, bool during_capture)
{
    cudasim_lock();
    find_function(function)->calls++;
    if (must_fail(function))
        return CUDASIM_FAIL;
    if (!during_capture && cudasim_capture_forbids())
        return CUDASIM_CAPTURING;
    return CUDASIM_GO;
}

void cudasim_leave(void)
{
    cudasim_unlock();
}

cudaError_t cudasim_begin(const char *function, bool during_capture)
{
    cudasim_verdict verdict = cudasim_enter(function, during_capture);
    cudaError_t absence = cudasim_absence();
    if (absence)
        return absence;
    if (verdict == CUDASIM_FAIL)
        return strstr(function, "Malloc") || strstr(function, "Alloc") ? cudaErrorMemoryAllocation
                                                                       : cudaErrorUnknown;
    if (verdict == CUDASIM_CAPTURING)
        return cudaErrorStreamCaptureUnsupported;
    return cudasim_gpu_at(cudasim_device())->lost;
}

cudaError_t cudasim_end(cudaError_t error)
{
    if (error)
        last_error = error;
    cudasim_unlock();
    return error;
}

cudaError_t cudasim_last_error(bool clear)
{
    cudaError_t error = last_error;
    if (clear)
        last_error = cudaSuccess;
    return error;
}

/* ---- Misuse ---------------------------------------------------------------------------------- */

void cudasim_blame(const char *function, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    int n = snprintf(text, sizeof text, "%s: ", function);
    va_start(arguments, format);
    vsnprintf(text + n, sizeof text - (size_t)n, format, arguments);
    va_end(arguments);
    cudasim_lock();
    bool is_new = true;
    for (int i = 0; i < calls.n_texts && is_new; i++)
        is_new = strcmp(calls.blame_texts[i], text) != 0;
    if (is_new)
        fprintf(stderr, "cudasim: %s\n", text);
    if (is_new && calls.n_texts < BLAMES_MAX)
        calls.blame_texts[calls.n_texts++] = strdup(text);
    calls.blames++;
    cudasim_unlock();
}

/* ---- For tests ------------------------------------------------------------------------------- */

uint64_t cudasim_calls(const char *function)
{
    cudasim_lock();
    uint64_t n = function ? find_function(function)->calls : calls.calls;
    cudasim_unlock();
    return n;
}

void cudasim_fail_at(const char *function, uint64_t n)
{
    cudasim_lock();
    calls.fail_at = n;
    calls.fail_calls = 0;
    snprintf(calls.fail_name, sizeof calls.fail_name, "%s", function ? function : "");
    if (n)
        calls.failed[0] = 0;
    cudasim_unlock();
}

const char *cudasim_failed(void)
{
    return calls.failed;
}

int cudasim_blames(void)
{
    cudasim_lock();
    int n = calls.blames;
    cudasim_unlock();
    return n;
}

static void print_live(void *file, const char *type, int n)
{
    if (file)
        fprintf(file, "live %s %d\n", type, n);
}

static int visit_all(FILE *file)
{
    return cudasim_memory_visit(print_live, file) + cudasim_objects_visit(print_live, file);
}

int cudasim_live(bool print)
{
    cudasim_lock();
    int n = visit_all(print ? stderr : NULL);
    cudasim_unlock();
    return n;
}

void cudasim_revive(void)
{
    cudasim_lock();
    for (int i = 0; i < cudasim_device_count(); i++)
        cudasim_gpu_at(i)->lost = cudaSuccess;
    cudasim_unlock();
}

__attribute__((destructor)) static void report(void)
{
    const char *path = getenv("CUDASIM_REPORT");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file)
        return;
    cudasim_lock();
    for (int i = 0; i < calls.n_functions; i++)
        fprintf(file, "calls %s %llu\n", calls.functions[i].name,
                (unsigned long long)calls.functions[i].calls);
    visit_all(file);
    for (int i = 0; i < calls.n_texts; i++)
        fprintf(file, "blame %s\n", calls.blame_texts[i]);
    cudasim_unlock();
    fclose(file);
}
