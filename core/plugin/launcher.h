/* launcher.h: whether a launcher, such as mpirun, has started this process with others, and which
 * plugin connects them. The environment tells, so that no plugin is loaded in vain. */
#ifndef RN_CORE_PLUGIN_LAUNCHER_H
#define RN_CORE_PLUGIN_LAUNCHER_H

#include <resnet/status.h>
#include <stdbool.h>
#include <stdint.h>

#define RN_TRANSPORT_VARIABLE "RESNET_TRANSPORT"
#define RN_TRANSPORT_NONE "none" /* in its place: this process is alone */

typedef struct rn_launcher {
    const char *transport; /* the plugin */
    const char *variable;  /* that told */
    int64_t n_processes;   /* that the launcher has started; 0: unknown */
    int64_t process;       /* this one's number, from 0; 0: or unknown */
} rn_launcher;

/* True, and `out` is filled in, if the environment asks for a transport: RESNET_TRANSPORT names one
 * (not in a privileged process), or a launcher of MPI has started 2 processes or more. */
bool rn_launcher_find(rn_launcher *out);

/* Whether as many processes are connected as the launcher has started. If not, each would take
 * itself for the only one: RN_E_CONFIG. */
rn_status rn_launcher_check(const rn_launcher *launcher, int32_t n_processes);

#endif
