/* growth.h: the list train.grow of a cfg,
 *     grow = ( { epoch = 10; stage = "layer3"; add = 2; },
 *              { epoch = 20; stage = "layer3"; widen = 2; } )
 * and the cfg of the grown network. */
#ifndef RN_CORE_CONFIG_GROWTH_H
#define RN_CORE_CONFIG_GROWTH_H

#include "config/config.h"

/* Reads train.grow into config->train.growths. RN_E_CONFIG: an entry is wrong, out of order, or of
 * a stage that network.layers does not have. */
rn_status rn_growth_read(rn_config *config);

/* How many of the growths are due once so many epochs are done. */
int32_t rn_growth_due(const rn_config *config, int64_t epochs);

/* The cfg after the first n growths: more blocks in a stage, or a larger width_factor. It borrows
 * from `config`, which must outlive it; free it with rn_config_destroy. */
rn_status rn_growth_apply(const rn_config *config, int32_t n, rn_config **out);

#endif
