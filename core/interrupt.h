/* interrupt.h: Ctrl-C as a question that loops ask, so that a step is finished and saved. */
#ifndef RN_CORE_INTERRUPT_H
#define RN_CORE_INTERRUPT_H

#include <stdbool.h>

/* From here on SIGINT and SIGTERM only set a flag; a second one ends the process at once. */
void rn_interrupt_install(void);
bool rn_interrupt_requested(void);

#endif
