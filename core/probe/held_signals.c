/* held_signals.c: signals that a process takes from descriptors while it waits for a child. */
#include "probe/held_signals.h"

#include <errno.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/status.h"

static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU, SIGALRM };

static void shut(int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
    *descriptor = -1;
}

rn_status rn_held_signals_take(rn_held_signals *held)
{
    /* If it is ignored, the child's status would be lost. */
    const struct sigaction usual = { .sa_handler = SIG_DFL };
    sigset_t stops, ends;
    sigemptyset(&stops);
    sigemptyset(&ends);
    sigaddset(&ends, SIGCHLD);
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
        struct sigaction action;
        if (sigaction(ending[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
            sigaddset(&stops, ending[i]);
    }
    sigaction(SIGCHLD, &usual, &held->child_action);
    pthread_sigmask(SIG_BLOCK, &stops, &held->before);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    held->stops = signalfd(-1, &stops, SFD_CLOEXEC);
    held->ends = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
    if (held->stops < 0 || held->ends < 0)
        return rn_fail(RN_E_IO, "cannot wait for another process: %s", strerror(errno));
    return RN_OK;
}

void rn_held_signals_forget(rn_held_signals *held)
{
    shut(&held->stops);
    shut(&held->ends);
    sigaction(SIGCHLD, &held->child_action, NULL);
    pthread_sigmask(SIG_SETMASK, &held->before, NULL);
}

void rn_held_signals_release(rn_held_signals *held)
{
    struct signalfd_siginfo info;
    while (held->ends >= 0 && read(held->ends, &info, sizeof info) > 0) {
    }
    rn_held_signals_forget(held);
}
