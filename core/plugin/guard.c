/* guard.c: ends the program properly where the code of a plugin that loads or builds ends it.
 *
 * The program would otherwise end with the plugin's exit status, or by a signal, without saying
 * whose code it was. Everything that a handler prints is made before, as it may only call what is
 * safe in a handler. */
#define _GNU_SOURCE /* strsignal */
#include "plugin/guard.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/status.h"
#include "base/text.h"
#include "plugin/slow_code.h"

#define STACK_BYTES (64 << 10) /* for a handler after a stack overflow; with a sanitizer, too */
#define SUBJECT_BYTES (4 * PATH_MAX + 256) /* of a path, whose characters may be escaped */
#define HOW_BYTES 96
#define MOST_WORKS 2 /* a block is built, and for it a plugin is loaded */

static const struct {
    const char *subject, *slow, *advice;
} messages[] = {
    [RN_GUARD_LOAD] = { "plugin %s: while loading, ", "plugin %s: loading it",
                        "; \"resnet-plugin why\" with its name or path tells where\n" },
    [RN_GUARD_BUILD] = { "%s: while its block is built, ", "%s: building its block",
                         "; \"resnet-plugin check\" with the path of its plugin tells where\n" },
};

static const int crashes[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
enum { N_CRASHES = sizeof crashes / sizeof *crashes };

static struct {
    const char *program;           /* NULL: nothing is guarded */
    volatile sig_atomic_t n_works; /* of which the last one is guilty */
    pid_t pid;                     /* a process that the plugin has forked is none of ours */
    rn_guard_work works[MOST_WORKS];
    char subjects[MOST_WORKS][SUBJECT_BYTES], slow[MOST_WORKS][SUBJECT_BYTES];
    char how[N_CRASHES][HOW_BYTES];
    struct sigaction before[N_CRASHES];
    stack_t stack_before;
    char stack[STACK_BYTES];
    bool has_exit_handlers;
    int output; /* standard output, in whose place stands standard error; -1: it is in place */
} guard = { .output = -1 };

static void put(const char *text)
{
    ssize_t ignored = write(STDERR_FILENO, text, strlen(text));
    (void)ignored;
}

/* Ends the program with one line. */
static void end_program(const char *how)
{
    int last = guard.n_works - 1;
    guard.n_works = 0;
    put(guard.subjects[last]);
    put(how);
    put(messages[guard.works[last]].advice);
    _exit(rn_status_exit(RN_E_PLUGIN));
}

static bool is_guarded(void)
{
    return guard.n_works && getpid() == guard.pid;
}

static void on_crash(int number)
{
    int i = 0;
    while (i < N_CRASHES - 1 && crashes[i] != number)
        i++;
    if (is_guarded())
        end_program(guard.how[i]);
    signal(number, SIG_DFL);
    raise(number);
}

void rn_guard_quit(void)
{
    if (is_guarded())
        end_program("it ended the program, which a plugin must not do");
}

void rn_guard_program(const char *program)
{
    guard.program = program;
}

static void prepare_work(rn_guard_work work, const char *name)
{
    char *subject = guard.subjects[guard.n_works], shown[SUBJECT_BYTES - 128];
    rn_text_show(shown, sizeof shown, name);
    int length = snprintf(subject, SUBJECT_BYTES, "%s: ", guard.program);
    snprintf(subject + length, SUBJECT_BYTES - (size_t)length, messages[work].subject, shown);
    snprintf(guard.slow[guard.n_works], SUBJECT_BYTES, messages[work].slow, shown);
    guard.works[guard.n_works] = work;
}

static void prepare_texts(void)
{
    for (int i = 0; i < N_CRASHES; i++)
        snprintf(guard.how[i], sizeof guard.how[i], "it crashed (signal %d, %s)", crashes[i],
                 strsignal(crashes[i]));
}

/* The program's own output may be JSON, which nothing must come into. */
static void divert_output(void)
{
    fflush(stdout);
    guard.output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (guard.output >= 0)
        dup2(STDERR_FILENO, STDOUT_FILENO);
}

static void restore_output(void)
{
    if (guard.output < 0)
        return;
    fflush(stdout);
    dup2(guard.output, STDOUT_FILENO);
    close(guard.output);
    guard.output = -1;
}

static void take_signals(void)
{
    const stack_t stack = { .ss_sp = guard.stack, .ss_size = sizeof guard.stack };
    const struct sigaction action = { .sa_handler = on_crash, .sa_flags = SA_ONSTACK | SA_NODEFER };
    if (!guard.has_exit_handlers)
        guard.has_exit_handlers = !atexit(rn_guard_quit) && !at_quick_exit(rn_guard_quit);
    sigaltstack(&stack, &guard.stack_before);
    for (int i = 0; i < N_CRASHES; i++)
        sigaction(crashes[i], &action, &guard.before[i]);
}

void rn_guard_begin(rn_guard_work work, const char *name)
{
    if (!guard.program)
        return;
    prepare_work(work, name);
    if (guard.n_works == 0) {
        prepare_texts();
        take_signals();
        divert_output();
        guard.pid = getpid();
    }
    rn_slow_code_begin(guard.slow[guard.n_works]);
    guard.n_works++;
}

void rn_guard_end(void)
{
    if (!guard.n_works)
        return;
    rn_slow_code_end();
    guard.n_works--;
    if (guard.n_works)
        return;
    restore_output();
    for (int i = 0; i < N_CRASHES; i++)
        sigaction(crashes[i], &guard.before[i], NULL);
    sigaltstack(&guard.stack_before, NULL);
}
