/* probe.c: a child process that asks the drivers and writes what it found to a pipe.
 *
 * All drivers are loaded into whoever asks for the first time, before anything can be said about
 * them, and one that is broken may crash or never return. */
#define _GNU_SOURCE
#include "opencl/runtime/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "opencl/opencl.h"

/* Drivers take some seconds to wake eight sleeping GPUs. */
enum { LIMIT_MS = 10000, GRACE_MS = 1000, CHILD_FAILED = 125 };

static const struct {
    int number;
    const char *name;
} SIGNALS[] = { { SIGABRT, "SIGABRT" }, { SIGBUS, "SIGBUS" },   { SIGFPE, "SIGFPE" },
                { SIGILL, "SIGILL" },   { SIGSEGV, "SIGSEGV" }, { SIGSYS, "SIGSYS" },
                { SIGTRAP, "SIGTRAP" } };
enum { N_SIGNALS = sizeof SIGNALS / sizeof SIGNALS[0] };

/* ---- In the child ---- */

/* If a driver calls exit, nothing that the parent holds may be flushed or cleaned up. */
static void leave(void)
{
    _exit(CHILD_FAILED);
}

/* The parent alone learns of a crash, by its signal; the child does not outlive the parent. */
static void child_settle(void)
{
    const struct rlimit none = { 0, 0 };
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setrlimit(RLIMIT_CORE, &none);
    for (int i = 0; i < N_SIGNALS; i++)
        signal(SIGNALS[i].number, SIG_DFL);
    for (int i = STDIN_FILENO; nowhere >= 0 && i <= STDERR_FILENO; i++)
        dup2(nowhere, i);
    atexit(leave);
}

static void child_run(int out, void (*find)(void *answer), void *answer, size_t bytes)
{
    /* In a process whose standard descriptors are closed the pipe may be one of them. */
    out = fcntl(out, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    child_settle();
    find(answer);
    for (size_t done = 0; done < bytes;) {
        ssize_t n = write(out, (char *)answer + done, bytes - done);
        if (n < 0 && errno != EINTR)
            break;
        done += n > 0 ? (size_t)n : 0;
    }
    _exit(0);
}

/* ---- In the parent ---- */

static int64_t now_ms(void)
{
    return (int64_t)(gpu_host->time_ns() / 1000000);
}

/* Reads until everything has arrived, the child has ended, or time is up. Returns their number. */
static size_t answer_read(int in, void *answer, size_t bytes)
{
    size_t done = 0;
    int64_t end = now_ms() + LIMIT_MS;
    while (done < bytes) {
        struct pollfd one = { .fd = in, .events = POLLIN };
        int64_t left = end - now_ms();
        int ready = left > 0 ? poll(&one, 1, (int)left) : 0;
        if (ready == 0)
            break;
        ssize_t n = ready > 0 ? read(in, (char *)answer + done, bytes - done) : -1;
        if (n == 0 || (n < 0 && errno != EINTR))
            break;
        done += n > 0 ? (size_t)n : 0;
    }
    return done;
}

/* Ends the child if it still runs. Returns waitpid's status; -1: unknown, as other code has waited
 * for it. A child that hangs in the kernel is left behind. */
static int child_end(pid_t child, bool has_answered)
{
    int how = -1;
    bool is_killed = false;
    int64_t begin = now_ms();
    for (int64_t waited = 0; waited < GRACE_MS; waited = now_ms() - begin) {
        pid_t ended = waitpid(child, &how, WNOHANG);
        if (ended == child || (ended < 0 && errno != EINTR))
            return ended == child ? how : -1;
        if (!is_killed && (has_answered || waited > GRACE_MS / 2))
            is_killed = kill(child, SIGKILL) == 0;
        poll(NULL, 0, 1);
    }
    return -1;
}

static void how_write(int how, bool is_late, char *text, size_t bytes)
{
    if (is_late)
        snprintf(text, bytes, "did not answer within %d seconds", LIMIT_MS / 1000);
    else if (how >= 0 && WIFSIGNALED(how))
        snprintf(text, bytes, "crashed with signal %d", WTERMSIG(how));
    else
        snprintf(text, bytes, "ended the process that asked");
    for (int i = 0; !is_late && how >= 0 && WIFSIGNALED(how) && i < N_SIGNALS; i++)
        if (SIGNALS[i].number == WTERMSIG(how))
            snprintf(text, bytes, "crashed with %s", SIGNALS[i].name);
}

static rn_status no_answer(int how, bool is_late)
{
    char what[96], vendors[768];
    how_write(how, is_late, what, sizeof what);
    opencl_vendors(vendors, sizeof vendors);
    rn_status status = opencl_pocl_check(vendors);
    if (status)
        return status;
    return gpu_host->fail(RN_E_DEVICE,
                          "an OpenCL driver %s when it was asked for its devices: "
                          "%s; remove the broken one, or let OCL_ICD_VENDORS name a folder that "
                          "has the .icd files of the others only",
                          what, vendors);
}

rn_status opencl_probe(void (*find)(void *answer), void *answer, size_t bytes)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        return gpu_host->fail(RN_E_DEVICE, "no pipe to ask OpenCL's drivers through: %s",
                              strerror(errno));
    pid_t child = fork();
    if (child == 0)
        child_run(ends[1], find, answer, bytes);
    int error = errno;
    close(ends[1]);
    int64_t begin = now_ms();
    size_t done = child > 0 ? answer_read(ends[0], answer, bytes) : 0;
    bool is_late = now_ms() - begin >= LIMIT_MS;
    close(ends[0]);
    if (child < 0)
        return gpu_host->fail(RN_E_NOMEM,
                              "no process to ask OpenCL's drivers in: %s; raise the "
                              "limit on memory or processes (ulimit -v, -u)",
                              strerror(error));
    int how = child_end(child, done == bytes || is_late);
    return done == bytes ? RN_OK : no_answer(how, is_late);
}
