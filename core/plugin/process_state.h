/* process_state.h: the state of the process that the code of a plugin must not change. */
#ifndef RN_CORE_PLUGIN_PROCESS_STATE_H
#define RN_CORE_PLUGIN_PROCESS_STATE_H

#include <resnet/status.h>

typedef struct rn_process_state rn_process_state;

/* Records the floating-point mode, locale, signal mask and handlers, working directory, umask,
 * environment and processor affinity. */
rn_status rn_process_state_create(rn_process_state **out);

/* Restores the handlers of signals alone. */
void rn_process_state_restore_handlers(const rn_process_state *state);

/* Takes the environment as it is now for the one to be left alone. */
rn_status rn_process_state_keep_environment(rn_process_state *state);

/* Restores whatever has changed since. `status` is what the plugin's code has returned: a failure
 * stays, with its message. Otherwise RN_E_PLUGIN names what had changed and the `cause` ("loading
 * it"); RN_OK if nothing had. The affinity is restored without an error (process_state.c). */
rn_status rn_process_state_restore(const rn_process_state *state, const char *cause,
                                   rn_status status);

void rn_process_state_destroy(rn_process_state *state);

#endif
