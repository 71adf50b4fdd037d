/* interrupt.c: signal handlers and the flags they set. */
#include "base/interrupt.h"

#include <math.h>
#include <signal.h>
#include <stddef.h>
#include <sys/time.h>

static volatile sig_atomic_t stop_signal;
static volatile sig_atomic_t save_requested;

/* Of several processes. */
static bool shares;
static int agreed_stop;
static bool agreed_save;

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
    { SIGALRM, request_stop, (int)SA_RESETHAND },
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

void rn_interrupt_after(double seconds)
{
    const double least = 1e-6; /* 0 would mean never */
    double whole = floor(seconds > least ? seconds : least);
    double part = (seconds > least ? seconds : least) - whole;
    const struct itimerval timer = { .it_value = { .tv_sec = (time_t)whole,
                                                   .tv_usec = (suseconds_t)(part * 1e6) } };
    setitimer(ITIMER_REAL, &timer, NULL);
}

bool rn_interrupt_is_time(void)
{
    return rn_interrupt_signal() == SIGALRM;
}

int rn_interrupt_signal(void)
{
    return shares ? agreed_stop : stop_signal;
}

int rn_interrupt_received(void)
{
    return stop_signal;
}

int rn_interrupt_cause(void)
{
    int known = rn_interrupt_signal() ? rn_interrupt_signal() : stop_signal;
    return known ? known : SIGINT;
}

bool rn_interrupt_take_save(void)
{
    bool taken = shares ? agreed_save : save_requested != 0;
    if (shares)
        agreed_save = false;
    else
        save_requested = 0;
    return taken;
}

/* ---- Several processes ---- */

enum { N_STOPS = RN_INTERRUPT_KINDS - 1 };
static const int stops[N_STOPS] = { SIGINT, SIGTERM, SIGXCPU, SIGALRM };

void rn_interrupt_share(void)
{
    shares = true;
}

void rn_interrupt_read(int64_t asked[RN_INTERRUPT_KINDS])
{
    for (int i = 0; i < N_STOPS; i++)
        asked[i] = stop_signal == stops[i];
    asked[N_STOPS] = save_requested != 0;
}

/* Of several kinds the first counts, in every process. A stop stays. */
void rn_interrupt_agree(const int64_t sums[RN_INTERRUPT_KINDS])
{
    for (int i = 0; i < N_STOPS && !agreed_stop; i++)
        if (sums[i])
            agreed_stop = stops[i];
    if (sums[N_STOPS]) {
        agreed_save = true;
        save_requested = 0;
    }
}
