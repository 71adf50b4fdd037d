/* interrupt.c: signal handlers and the flags they set. */
#include "base/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t stop_signal;
static volatile sig_atomic_t save_requested;

static void request_stop(int number)
{
    stop_signal = number;
}

static void request_save(int number)
{
    (void)number;
    save_requested = 1;
}

static const struct {
    int number;
    void (*handler)(int);
    int flags;
} rows[] = {
    { SIGINT, request_stop, (int)SA_RESETHAND },
    { SIGTERM, request_stop, (int)SA_RESETHAND },
    { SIGXCPU, request_stop, (int)SA_RESETHAND },
    { SIGHUP, request_save, 0 },
    { SIGUSR1, request_save, 0 },
    { SIGPIPE, SIG_IGN, 0 },
};

void rn_interrupt_install(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sigaction before,
            action = { .sa_handler = rows[i].handler, .sa_flags = SA_RESTART | rows[i].flags };
        sigemptyset(&action.sa_mask);
        if (sigaction(rows[i].number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(rows[i].number, &action, NULL);
    }
}

int rn_interrupt_signal(void)
{
    return stop_signal;
}

bool rn_interrupt_take_save(void)
{
    bool taken = save_requested != 0;
    save_requested = 0;
    return taken;
}
