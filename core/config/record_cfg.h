/* record_cfg.h: a stored configuration (config_record.h) as a cfg again. */
#ifndef RN_CORE_CONFIG_RECORD_CFG_H
#define RN_CORE_CONFIG_RECORD_CFG_H

#include <resnet/status.h>

/* Makes a cfg of the network, the data and the training that `record` holds, without the run and
 * the backend, which belong to another machine, and without train.grow, as its layers may have
 * grown already. The caller frees *cfg. RN_E_DATA where `record` is no stored configuration;
 * `path` is for the message. */
rn_status rn_record_cfg(const char *record, const char *path, char **cfg);

#endif
