/* ranks.h: the ranks that share the steps of a session: the devices of all processes. */
#ifndef RN_CORE_TRAIN_RANKS_H
#define RN_CORE_TRAIN_RANKS_H

#include "config/config.h"
#include "device/group.h"
#include "plugin/registry.h"

/* Which ranks the `n` opened devices of this process are, what they exchange, and how. Every
 * process calls it. RN_E_CONFIG where the processes have different numbers of devices, or where
 * train.synchronise_norms does not suit them. */
rn_status rn_ranks_settle(const rn_config *config, rn_device *const *devices, int32_t n,
                          rn_ranks *out);

/* Before ranks train: says in the log how. RN_E_CONFIG where the cfg has to say it first. */
rn_status rn_ranks_train(const rn_config *config, const rn_ranks *ranks, const char *label);

/* RN_E_CONFIG where the processes have loaded other plugins, or other versions of them. */
rn_status rn_ranks_agree_plugins(const rn_registry *registry);

/* Threads that a device on processors is to use; 0: all. Processes on one host share these. */
int32_t rn_ranks_threads(const rn_config *config);

/* The device that a process takes where the cfg names none: of several processes on a host, each
 * takes another one. A text to be freed; NULL where memory ran out. */
char *rn_ranks_device(const rn_backend *backend);

#endif
