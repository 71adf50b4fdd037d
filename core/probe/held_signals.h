/* held_signals.h: signals that a process takes from descriptors while it waits for a child. */
#ifndef RN_CORE_PROBE_HELD_SIGNALS_H
#define RN_CORE_PROBE_HELD_SIGNALS_H

#include <resnet/status.h>
#include <signal.h>

typedef struct rn_held_signals {
    int stops,
        ends; /* readable when one has come that ends this process, and SIGCHLD; -1: closed */
    sigset_t before; /* the mask */
    struct sigaction child_action;
} rn_held_signals;

/* Blocks them. A signal that this process ignores does not end it, and is left alone. Also after a
 * failure rn_held_signals_release has to follow. */
rn_status rn_held_signals_take(rn_held_signals *held);

/* A signal that has come takes effect here. */
void rn_held_signals_release(rn_held_signals *held);

/* In the child: as before, without the parent's descriptors. */
void rn_held_signals_forget(rn_held_signals *held);

#endif
