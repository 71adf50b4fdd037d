/* interrupt.h: signals as questions that loops ask, so that a step is finished and saved. */
#ifndef RN_CORE_BASE_INTERRUPT_H
#define RN_CORE_BASE_INTERRUPT_H

#include <stdbool.h>

/* From here on SIGINT, SIGTERM and SIGXCPU ask to stop, and a second one of them ends the process
 * at once; SIGHUP and SIGUSR1 ask to save and go on; SIGPIPE is ignored, so that a reader that
 * has gone away ends no run. A signal that was ignored before stays ignored. */
void rn_interrupt_install(void);

/* The signal that asked to stop; 0: none. */
int rn_interrupt_signal(void);

/* Was it asked to save since the last call? */
bool rn_interrupt_take_save(void);

#endif
