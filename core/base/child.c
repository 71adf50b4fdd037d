/* child.c: starts this program again, and waits for it. */
#define _GNU_SOURCE /* O_CLOEXEC */
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/status.h"

enum { CANNOT_START = 127 };

/* Only calls that are safe after a fork of a process with threads. */
static void become(char *const *arguments, int out, pid_t parent)
{
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() == parent && dup2(nothing, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 &&
        dup2(out, STDERR_FILENO) >= 0)
        execv("/proc/self/exe", arguments);
    _exit(CANNOT_START);
}

rn_status rn_child_start(char *const *arguments, int out, rn_child *child)
{
    signal(SIGCHLD, SIG_DFL); /* one that is ignored, which is inherited, would lose the statuses */
    pid_t parent = getpid(), pid = fork();
    child->pid = 0;
    if (pid == 0)
        become(arguments, out, parent);
    if (pid < 0)
        return rn_fail(RN_E_IO, "cannot start another process: %s", strerror(errno));
    child->pid = pid;
    return RN_OK;
}

bool rn_child_ended(rn_child *child, int *exit_status)
{
    int how = 0;
    pid_t ended = waitpid((pid_t)child->pid, &how, WNOHANG);
    if (ended == 0 || (ended < 0 && errno == EINTR))
        return false;
    *exit_status = ended < 0        ? CANNOT_START
                   : WIFEXITED(how) ? WEXITSTATUS(how)
                                    : 128 + WTERMSIG(how);
    child->pid = 0;
    return true;
}

void rn_child_signal(const rn_child *child, int number)
{
    if (child->pid)
        kill((pid_t)child->pid, number);
}
