/* process_state.h: what a library may change of the process while it is loaded, and must not. */
#ifndef RN_CORE_PLUGIN_PROCESS_STATE_H
#define RN_CORE_PLUGIN_PROCESS_STATE_H

#include <resnet/status.h>

typedef struct rn_process_state rn_process_state;

/* The floating-point mode, locale, signal mask and handlers, and working directory of now. */
rn_status rn_process_state_create(rn_process_state **out);

/* Puts back whatever changed since. RN_E_PLUGIN names what it was; RN_OK: nothing. */
rn_status rn_process_state_restore(const rn_process_state *state);

void rn_process_state_destroy(rn_process_state *state);

#endif
