/* process_state.c: the state of the process that the code of a plugin must not change. */
#define _GNU_SOURCE /* O_PATH, affinity */
#include "plugin/process_state.h"

#include <fcntl.h>
#include <fenv.h>
#include <locale.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"

/* Setting a handler adds a flag of the C library's own. */
#define HANDLER_FLAGS                                                                              \
    (SA_NOCLDSTOP | SA_NOCLDWAIT | SA_NODEFER | SA_ONSTACK | (int)SA_RESETHAND | SA_RESTART |      \
     SA_SIGINFO)

struct rn_process_state {
    fenv_t floats;
    char *locale;
    sigset_t mask;
    struct sigaction handlers[NSIG]; /* zero for signals that the C library reserves */
    int folder;
    mode_t umask;
    char **environment;      /* copies; ends with NULL */
    cpu_set_t processors[8]; /* 8 * 1024 processors */
    bool has_processors;
};

/* The control bits, which affect results, without the status flags, which any operation may set. */
static uint64_t float_mode(const fenv_t *floats)
{
#if defined __x86_64__
    return (uint64_t)(floats->__mxcsr & 0xffc0u) << 16 | floats->__control_word;
#elif defined __aarch64__
    return floats->__fpcr;
#else
    (void)floats;
    return (uint64_t)fegetround();
#endif
}

static bool restore_floats(const rn_process_state *state)
{
    fenv_t now;
    fegetenv(&now);
    uint64_t found = float_mode(&now);
    fesetenv(&state->floats);
    return found != float_mode(&state->floats);
}

static bool restore_locale(const rn_process_state *state)
{
    const char *now = setlocale(LC_ALL, NULL);
    if (now && strcmp(now, state->locale) == 0)
        return false;
    setlocale(LC_ALL, state->locale);
    return true;
}

static bool restore_mask(const rn_process_state *state)
{
    sigset_t now;
    bool changed = false;
    sigemptyset(&now);
    pthread_sigmask(SIG_SETMASK, &state->mask, &now);
    for (int number = 1; number < NSIG; number++)
        changed |= sigismember(&now, number) != sigismember(&state->mask, number);
    return changed;
}

static bool restore_handlers(const rn_process_state *state)
{
    bool changed = false;
    for (int number = 1; number < NSIG; number++) {
        const struct sigaction *before = &state->handlers[number];
        struct sigaction now;
        if (sigaction(number, NULL, &now))
            continue;
        if (now.sa_handler == before->sa_handler &&
            (now.sa_flags & HANDLER_FLAGS) == (before->sa_flags & HANDLER_FLAGS))
            continue;
        sigaction(number, before, NULL);
        changed = true;
    }
    return changed;
}

static bool restore_folder(const rn_process_state *state)
{
    struct stat before, now;
    if (fstat(state->folder, &before))
        return false;
    if (!stat(".", &now) && now.st_dev == before.st_dev && now.st_ino == before.st_ino)
        return false;
    return fchdir(state->folder) == 0;
}

static mode_t umask_now(void)
{
    mode_t now = umask(0);
    umask(now);
    return now;
}

static bool restore_umask(const rn_process_state *state)
{
    return umask(state->umask) != state->umask;
}

static bool has_environment(char *const *environment)
{
    size_t i = 0;
    for (; environment[i] && environ && environ[i]; i++)
        if (strcmp(environment[i], environ[i]) != 0)
            return false;
    return !environment[i] && (!environ || !environ[i]);
}

static bool restore_environment(const rn_process_state *state)
{
    if (has_environment(state->environment))
        return false;
    clearenv();
    for (size_t i = 0; state->environment[i]; i++) {
        char *equals = strchr(state->environment[i], '=');
        if (!equals)
            continue;
        *equals = 0;
        setenv(state->environment[i], equals + 1, 1);
        *equals = '=';
    }
    return true;
}

static void free_environment(char **environment)
{
    for (size_t i = 0; environment && environment[i]; i++)
        free(environment[i]);
    free(environment);
}

/* NULL if there is no memory. */
static char **copy_environment(void)
{
    size_t n = 0;
    while (environ && environ[n])
        n++;
    char **copy = calloc(n + 1, sizeof *copy);
    for (size_t i = 0; copy && i < n; i++)
        if (!(copy[i] = strdup(environ[i]))) {
            free_environment(copy);
            return NULL;
        }
    return copy;
}

/* If OMP_PROC_BIND, OMP_PLACES or GOMP_CPU_AFFINITY is set, OpenMP's library binds the thread that
 * loads it to one processor. The user asked for that, so the plugin is not refused; but the threads
 * that this thread starts would inherit the affinity, so it is restored. */
static bool restore_processors(const rn_process_state *state)
{
    if (state->has_processors)
        sched_setaffinity(0, sizeof state->processors, state->processors);
    return false;
}

static const struct {
    const char *what;
    bool (*restore)(const rn_process_state *state); /* true if it had changed */
} parts[] = {
    { "the floating-point mode (linking with -ffast-math does)", restore_floats },
    { "the locale", restore_locale },
    { "the signal mask", restore_mask },
    { "signal handlers", restore_handlers },
    { "the working directory", restore_folder },
    { "the umask", restore_umask },
    { "environment variables", restore_environment },
    { "the processors to run on", restore_processors },
};

void rn_process_state_destroy(rn_process_state *state)
{
    if (!state)
        return;
    if (state->folder >= 0)
        close(state->folder);
    free(state->locale);
    free_environment(state->environment);
    free(state);
}

rn_status rn_process_state_restore(const rn_process_state *state, const char *cause,
                                   rn_status status)
{
    char changed[256] = "";
    size_t length = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (!parts[i].restore(state))
            continue;
        snprintf(changed + length, sizeof changed - length, "%s%s", length ? ", " : "",
                 parts[i].what);
        length = strlen(changed);
    }
    if (status || !length)
        return status;
    return rn_fail(RN_E_PLUGIN, "%s changed %s; a plugin must leave the process as it is", cause,
                   changed);
}

static rn_status no_memory(void)
{
    return rn_fail(RN_E_NOMEM, "no memory to call a plugin");
}

rn_status rn_process_state_create(rn_process_state **out)
{
    *out = NULL;
    rn_process_state *state = calloc(1, sizeof *state);
    if (!state)
        return no_memory();
    state->folder = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    const char *locale = setlocale(LC_ALL, NULL);
    state->locale = strdup(locale ? locale : "C");
    state->environment = copy_environment();
    if (!state->locale || !state->environment) {
        rn_process_state_destroy(state);
        return no_memory();
    }
    state->umask = umask_now();
    state->has_processors = !sched_getaffinity(0, sizeof state->processors, state->processors);
    fegetenv(&state->floats);
    pthread_sigmask(SIG_SETMASK, NULL, &state->mask);
    for (int number = 1; number < NSIG; number++)
        sigaction(number, NULL, &state->handlers[number]);
    *out = state;
    return RN_OK;
}

void rn_process_state_restore_handlers(const rn_process_state *state)
{
    restore_handlers(state);
}

rn_status rn_process_state_keep_environment(rn_process_state *state)
{
    char **copy = copy_environment();
    if (!copy)
        return no_memory();
    free_environment(state->environment);
    state->environment = copy;
    return RN_OK;
}
