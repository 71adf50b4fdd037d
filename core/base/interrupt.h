/* interrupt.h: signals as flags that loops poll, so that they can finish and save a step. */
#ifndef RN_CORE_BASE_INTERRUPT_H
#define RN_CORE_BASE_INTERRUPT_H

#include <stdbool.h>

/* Installs the handlers. SIGINT, SIGTERM and SIGXCPU request a stop; the same signal again ends the
 * process at once. SIGHUP and SIGUSR1 request a checkpoint. SIGPIPE is ignored, so that a closed
 * pipe does not end a run. A signal that was already ignored stays ignored. */
void rn_interrupt_install(void);

/* Requests a stop, by SIGALRM, after this time; after the handlers were installed. */
void rn_interrupt_after(double seconds);

/* True if the stop was requested by rn_interrupt_after. */
bool rn_interrupt_is_time(void);

/* The signal that requested a stop; 0 if none did. */
int rn_interrupt_signal(void);

/* True if a checkpoint was requested since the last call. */
bool rn_interrupt_take_save(void);

#endif
