/* worlds.c: runs of several processes, for tests. */
#include "world/worlds.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/status.h"

#define LIMIT_S 60

static double now_s(void)
{
    return (double)rn_host_table()->time_ns() * 1e-9;
}

static void describe(const worlds_run *run, int process, const char *folder)
{
    char text[CHECK_PATH_MAX + 32];
    const char *fault = run->faults[process];
    snprintf(text, sizeof text, "%s:%d:%d", folder, process, run->n);
    setenv("RESNET_SOCKETS", text, 1);
    setenv("RESNET_SOCKETS_FAULT", fault ? fault : "", 1);
    setenv("RESNET_TRANSPORT", "sockets", 1);
    setenv("RESNET_HOST", process < (run->n + 1) / 2 ? "a" : "b", 1);
    snprintf(text, sizeof text, "%s/%d.txt", folder, process);
    dup2(open(text, O_WRONLY | O_CREAT, 0600), STDERR_FILENO);
}

void worlds_serve(worlds_work *work)
{
    char plugins[CHECK_PATH_MAX];
    const char *builddir = getenv("builddir");
    rn_registry *registry = NULL;
    bool speaks = false;
    snprintf(plugins, sizeof plugins, "%s/tests/world/.libs", builddir ? builddir : ".");
    rn_status status = rn_registry_create(plugins, &registry);
    if (!status)
        status = rn_world_open(registry, NULL);
    if (!status) {
        rn_world_set_deadline(WORLDS_DEADLINE_S);
        rn_world_busy(NULL);
        status = work(rn_world_get());
    }
    status = rn_world_close(status, &speaks);
    if (speaks)
        dprintf(STDERR_FILENO, "%s\n", rn_fail_text());
    rn_registry_destroy(registry);
    rn_world_leave(rn_status_exit(status));
    _exit(rn_status_exit(status));
}

static void collect(worlds_outcome *outcome, const char *folder, int process)
{
    char path[CHECK_PATH_MAX + 32];
    size_t length = strlen(outcome->text);
    snprintf(path, sizeof path, "%s/%d.txt", folder, process);
    FILE *file = fopen(path, "r");
    if (!file)
        return;
    length += fread(outcome->text + length, 1, sizeof outcome->text - 1 - length, file);
    outcome->text[length] = 0;
    fclose(file);
}

/* Waits for all, but not for ever. */
static void await(worlds_outcome *outcome, const pid_t *processes, int n)
{
    double start_s = now_s();
    const struct timespec nap = { .tv_nsec = 5000000 };
    for (int i = 0, status; i < n; i++) {
        while (!waitpid(processes[i], &status, WNOHANG)) {
            if (now_s() - start_s > LIMIT_S)
                for (int k = i; k < n; k++)
                    kill(processes[k], SIGKILL);
            nanosleep(&nap, NULL);
        }
        outcome->exits[i] = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
    }
    outcome->seconds = now_s() - start_s;
}

worlds_outcome worlds_do(const worlds_run *run)
{
    static int count;
    char folder[CHECK_PATH_MAX], name[32];
    pid_t processes[WORLDS_MOST];
    worlds_outcome outcome = { 0 };
    snprintf(name, sizeof name, "world%d", count++);
    mkdir(check_scratch(folder, name), 0700);
    fflush(stdout);
    for (int i = 0; i < run->n; i++) {
        processes[i] = fork();
        if (processes[i] == 0) {
            describe(run, i, folder);
            worlds_serve(run->work);
        }
    }
    await(&outcome, processes, run->n);
    for (int i = 0; i < run->n; i++)
        collect(&outcome, folder, i);
    for (const char *at = outcome.text; (at = strchr(at, '\n')); at++)
        outcome.n_lines++;
    return outcome;
}

static void show(const worlds_outcome *outcome, int n)
{
    check_note("%.2f s, printed \"%s\", exit statuses", outcome->seconds, outcome->text);
    for (int i = 0; i < n; i++)
        check_note(" %d", outcome->exits[i]);
}

bool worlds_failed(const worlds_outcome *outcome, int n, rn_status status, double most_s,
                   const char *words)
{
    bool as_expected =
        outcome->n_lines == 1 && strstr(outcome->text, words) && outcome->seconds <= most_s;
    bool one_ended = false;
    for (int i = 0; i < n; i++) {
        bool own_end = outcome->exits[i] == rn_status_exit(status);
        one_ended = one_ended || own_end;
        as_expected = as_expected && (own_end || outcome->exits[i] == -SIGKILL);
    }
    if (!as_expected || !one_ended)
        show(outcome, n);
    return as_expected && one_ended;
}

bool worlds_succeeded(const worlds_outcome *outcome, int n)
{
    bool as_expected = !outcome->n_lines;
    for (int i = 0; i < n; i++)
        as_expected = as_expected && outcome->exits[i] == 0;
    if (!as_expected)
        show(outcome, n);
    return as_expected;
}
