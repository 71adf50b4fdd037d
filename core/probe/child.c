/* child.c: runs a function in a child process with a deadline.
 *
 * The child's report, standard output and standard error are pipes; how its function returned
 * stands in memory that both share, which code that closes descriptors cannot reach. */
#define _GNU_SOURCE /* pipe2, MAP_ANONYMOUS */
#include "probe/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/status.h"
#include "probe/held_signals.h"
#include "probe/strays.h"

#define FAILURE_BYTES 4096
#define MAX_LAST_READS 128 /* of a pipe when the child has ended: 2 MB, more than a pipe holds */

/* What the child leaves in shared memory. */
typedef struct last_words {
    int32_t has_returned;
    rn_status status;
    char failure[FAILURE_BYTES];
} last_words;

enum { REPORT, PRINTED, COMPLAINED, N_PIPES };

/* One run, seen from the parent. */
typedef struct run {
    const rn_child_task *task;
    rn_child_result *out;
    rn_strays *strays;
    last_words *words;
    int pipes[N_PIPES][2]; /* -1: closed */
    rn_held_signals signals;
    pid_t parent, pid; /* pid 0: it has ended */
    double start;
} run;

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void shut(int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
    *descriptor = -1;
}

static rn_child_text *text_of(rn_child_result *out, int pipe)
{
    return pipe == REPORT ? &out->report : pipe == PRINTED ? &out->printed : &out->complained;
}

static rn_status no_memory(void)
{
    return rn_fail(RN_E_NOMEM, "no memory for another process");
}

static rn_status open_pipes(run *r)
{
    for (int i = 0; i < N_PIPES; i++) {
        if (pipe2(r->pipes[i], O_CLOEXEC))
            return rn_fail(RN_E_IO, "cannot start another process: %s", strerror(errno));
        fcntl(r->pipes[i][0], F_SETFL, O_NONBLOCK);
    }
    r->words =
        mmap(NULL, sizeof *r->words, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (r->words == MAP_FAILED)
        r->words = NULL;
    return r->words ? RN_OK : no_memory();
}

/* The child's descriptors, signals and limits. False if it is an orphan already. */
static bool settle(run *r)
{
    static const int crashes[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
    const struct rlimit no_core = { 0, 0 };
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    setrlimit(RLIMIT_CORE, &no_core);
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++)
        signal(crashes[i], SIG_DFL); /* a sanitizer's would make an exit status of it */
    rn_held_signals_forget(&r->signals);
    bool is_set = dup2(nothing, STDIN_FILENO) >= 0 &&
                  dup2(r->pipes[PRINTED][1], STDOUT_FILENO) >= 0 &&
                  dup2(r->pipes[COMPLAINED][1], STDERR_FILENO) >= 0;
    shut(&nothing);
    for (int i = 0; i < N_PIPES; i++) {
        shut(&r->pipes[i][0]);
        if (i != REPORT)
            shut(&r->pipes[i][1]);
    }
    return is_set && getppid() == r->parent;
}

static void become(run *r)
{
    if (!settle(r))
        _exit(1);
    FILE *report = fdopen(r->pipes[REPORT][1], "w");
    if (!report)
        _exit(1);
    setvbuf(report, NULL, _IOLBF, BUFSIZ);
    rn_fail_clear();
    rn_status status = r->task->work(r->task->argument, report);
    fflush(NULL);
    r->words->status = status;
    snprintf(r->words->failure, sizeof r->words->failure, "%s", status ? rn_fail_text() : "");
    r->words->has_returned = 1;
    _exit(0);
}

static rn_status start(run *r)
{
    fflush(NULL); /* or the child's exit would write it again */
    r->parent = getpid();
    r->start = now_s();
    pid_t pid = fork();
    if (pid == 0)
        become(r);
    if (pid < 0)
        return rn_fail(RN_E_IO, "cannot start another process: %s", strerror(errno));
    r->pid = pid;
    setpgid(pid, pid); /* also here, so that it has happened when either of both needs it */
    for (int i = 0; i < N_PIPES; i++)
        shut(&r->pipes[i][1]);
    return RN_OK;
}

static rn_status keep(rn_child_text *text, const char *bytes, size_t n, size_t most)
{
    size_t left = most - text->length, taken = n < left ? n : left;
    char *grown = realloc(text->text, text->length + taken + 1);
    if (!grown)
        return no_memory();
    memcpy(grown + text->length, bytes, taken);
    text->text = grown;
    text->length += taken;
    text->text[text->length] = 0;
    text->is_cut |= taken < n;
    return RN_OK;
}

/* Reads what has come; closes a pipe that has ended. */
static rn_status drain(run *r, int pipe)
{
    char bytes[16384];
    size_t most = pipe == REPORT ? RN_CHILD_MAX_REPORT : RN_CHILD_MAX_PRINTED;
    ssize_t n = read(r->pipes[pipe][0], bytes, sizeof bytes);
    if (n > 0)
        return keep(text_of(r->out, pipe), bytes, (size_t)n, most);
    if (n == 0 || (errno != EAGAIN && errno != EINTR))
        shut(&r->pipes[pipe][0]);
    return RN_OK;
}

static rn_status wait_and_drain(run *r, int timeout_ms)
{
    struct pollfd waits[N_PIPES + 2];
    for (int i = 0; i < N_PIPES; i++)
        waits[i] = (struct pollfd){ .fd = r->pipes[i][0], .events = POLLIN };
    waits[N_PIPES] = (struct pollfd){ .fd = r->signals.stops, .events = POLLIN };
    waits[N_PIPES + 1] = (struct pollfd){ .fd = r->signals.ends, .events = POLLIN };
    if (poll(waits, N_PIPES + 2, timeout_ms) < 0)
        return errno == EINTR ? RN_OK : rn_fail(RN_E_IO, "cannot wait: %s", strerror(errno));
    if (waits[N_PIPES].revents)
        return rn_fail(RN_E_INTERRUPTED, "interrupted");
    struct signalfd_siginfo info;
    while (waits[N_PIPES + 1].revents && read(r->signals.ends, &info, sizeof info) > 0) {
    }
    rn_status status = RN_OK;
    for (int i = 0; i < N_PIPES && !status; i++)
        if (waits[i].revents)
            status = drain(r, i);
    return status;
}

static void take_end(run *r, int how)
{
    r->pid = 0;
    r->out->seconds = now_s() - r->start;
    if (r->words->has_returned && WIFEXITED(how)) {
        r->words->failure[sizeof r->words->failure - 1] = 0;
        r->out->end = RN_CHILD_RETURNED;
        r->out->status = r->words->status;
    } else if (WIFEXITED(how)) {
        r->out->end = RN_CHILD_EXITED;
        r->out->number = WEXITSTATUS(how);
    } else {
        r->out->end = RN_CHILD_SIGNAL;
        r->out->number = WTERMSIG(how);
    }
}

static rn_status watch(run *r)
{
    int how = 0;
    while (r->pid) {
        if (waitpid(r->pid, &how, WNOHANG) == r->pid) {
            take_end(r, how);
            break;
        }
        double left = r->task->seconds - (now_s() - r->start);
        if (left <= 0) {
            r->out->end = RN_CHILD_DEADLINE;
            r->out->seconds = now_s() - r->start;
            return RN_OK;
        }
        rn_status status = wait_and_drain(r, left > 1 ? 1000 : (int)(left * 1000) + 1);
        if (status)
            return status;
    }
    return RN_OK;
}

/* Ends what still runs. */
static void end_all(run *r, pid_t group)
{
    if (group > 0)
        kill(-group, SIGKILL);
    if (r->pid)
        waitpid(r->pid, NULL, 0);
    r->pid = 0;
    rn_strays_end(r->strays);
    r->strays = NULL;
}

/* What the pipes still hold when nobody writes any more. */
static rn_status empty_pipes(run *r)
{
    rn_status status = RN_OK;
    for (int i = 0; i < N_PIPES; i++)
        for (int k = 0; k < MAX_LAST_READS && r->pipes[i][0] >= 0 && !status; k++)
            status = drain(r, i);
    return status;
}

/* Every text is one, also where nothing was written. */
static rn_status finish(run *r)
{
    rn_status status = empty_pipes(r);
    for (int i = 0; i < N_PIPES && !status; i++)
        status = keep(text_of(r->out, i), "", 0, SIZE_MAX);
    r->out->failure = status ? NULL : strdup(r->words->failure);
    return status || r->out->failure ? status : no_memory();
}

rn_status rn_child_run(const rn_child_task *task, rn_child_result *out)
{
    run r = { .task = task, .out = out, .signals = { .stops = -1, .ends = -1 } };
    memset(r.pipes, -1, sizeof r.pipes);
    memset(out, 0, sizeof *out);
    rn_status status = rn_held_signals_take(&r.signals);
    if (!status)
        status = open_pipes(&r);
    if (!status)
        status = rn_strays_watch(&r.strays);
    if (!status)
        status = start(&r);
    pid_t group = r.pid;
    if (!status)
        status = watch(&r);
    end_all(&r, group);
    if (!status)
        status = finish(&r);
    for (int i = 0; i < N_PIPES; i++) {
        shut(&r.pipes[i][0]);
        shut(&r.pipes[i][1]);
    }
    if (r.words)
        munmap(r.words, sizeof *r.words);
    rn_held_signals_release(&r.signals);
    if (status)
        rn_child_result_clear(out);
    return status;
}
