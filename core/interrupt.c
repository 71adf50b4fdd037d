/* interrupt.c: the flag that SIGINT and SIGTERM set. */
#include <signal.h>
#include <stddef.h>
#include "interrupt.h"

static volatile sig_atomic_t requested;

static void handle(int signal_number)
{
    (void)signal_number;
    requested = 1;
}

void rn_interrupt_install(void)
{
    struct sigaction action = { .sa_handler = handle, .sa_flags = SA_RESTART | (int)SA_RESETHAND };
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool rn_interrupt_requested(void)
{
    return requested != 0;
}
