/* quit.c: the functions by which code ends a process at once. A plugin that calls one of them finds
 * these, as resnet-run exports them (quit.list), and not the C library's: so its attempt to end the
 * program while it is loaded is noticed. */
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "plugin/guard.h"

static _Noreturn void end(int status)
{
    for (;;)
        syscall(SYS_exit_group, status);
}

void _exit(int status)
{
    rn_guard_quit();
    end(status);
}

void _Exit(int status)
{
    rn_guard_quit();
    end(status);
}
