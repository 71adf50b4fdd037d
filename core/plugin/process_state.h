/* process_state.h: the state of the process that loading a plugin must not change. */
#ifndef RN_CORE_PLUGIN_PROCESS_STATE_H
#define RN_CORE_PLUGIN_PROCESS_STATE_H

#include <resnet/status.h>

typedef struct rn_process_state rn_process_state;

/* Records the floating-point mode, locale, signal mask and handlers, working directory and
 * processor affinity. */
rn_status rn_process_state_create(rn_process_state **out);

/* Restores whatever has changed since. RN_E_PLUGIN names what had; RN_OK if nothing had. The
 * affinity is restored without an error (process_state.c). */
rn_status rn_process_state_restore(const rn_process_state *state);

void rn_process_state_destroy(rn_process_state *state);

#endif
