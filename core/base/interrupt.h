/* interrupt.h: signals as flags that loops poll, so that they can finish and save a step. */
#ifndef RN_CORE_BASE_INTERRUPT_H
#define RN_CORE_BASE_INTERRUPT_H

#include <stdbool.h>
#include <stdint.h>

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

/* For a run of several processes, of which each may get other signals: after rn_interrupt_share
 * the functions above tell what the processes have agreed on, and nothing before. */
void rn_interrupt_share(void);

/* What this process was asked for, agreed on or not: each 1 or 0, by kind of signal. */
#define RN_INTERRUPT_KINDS 5
void rn_interrupt_read(int64_t asked[RN_INTERRUPT_KINDS]);

/* Agrees on what any process was asked for: the sums of the above. */
void rn_interrupt_agree(const int64_t sums[RN_INTERRUPT_KINDS]);

/* The signal that requested a stop of this process, agreed on or not; 0 if none did. For work that
 * this process does alone, whose failure ends the others. */
int rn_interrupt_received(void);

/* The signal that ended the program: that which was agreed on, or else received, or else, where
 * another process got it, SIGINT. */
int rn_interrupt_cause(void);

#endif
